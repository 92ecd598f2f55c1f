import Files
package import Records
package import Sealing

/// What is taken out of records before they are sealed. It holds no secret, and names none but those that the person
/// writes into a pattern.
///
///     secrets    {"schema":"coffer.secrets.v1","known":…,"addresses":…,"patterns":[…]}\n
///
/// Without the file, the known shapes are taken out.
extension VaultDirectory {
    private static let schema = "coffer.secrets.v1"
    private var secretsFile: String { path + "/secrets" }

    /// The filter in force. A file that is damaged never lets more through: known shapes and addresses are taken out.
    package var secretFilter: SecretFilter {
        (try? readSecretFilter()) ?? SecretFilter(findsKnownShapes: true, findsAddresses: true)
    }

    /// The stored filter; throws if its file is damaged.
    package func readSecretFilter() throws(CofferError) -> SecretFilter {
        guard let bytes = try DurableFile.read(secretsFile, atMost: 65_536) else { return SecretFilter() }
        do { return try Self.filter(parsing: bytes) } catch {
            throw CofferError(
                .configuration, "The list of secrets to take out is damaged; your own patterns are not in force.",
                rule: "secrets.damaged", hint: "Write it again with `coffer capture secrets --pattern …`.")
        }
    }

    package func write(_ filter: SecretFilter) throws(CofferError) {
        let object = CanonicalJSON.object([
            .init("schema", .string(Self.schema)), .init("known", .boolean(filter.findsKnownShapes)),
            .init("addresses", .boolean(filter.findsAddresses)), .init("patterns", .strings(filter.patterns)),
        ])
        try DurableFile.write(object.encoded + [UInt8(ascii: "\n")], to: secretsFile)
    }

    private static func filter(parsing bytes: Bytes) throws -> SecretFilter {
        guard bytes.last == UInt8(ascii: "\n") else { throw FormatError.truncated }
        var reader = try CanonicalObject(parsing: bytes.dropLast())
        guard try reader.string("schema") == schema else { throw FormatError.notCanonical }
        var filter = SecretFilter(
            findsKnownShapes: try reader.boolean("known"), findsAddresses: try reader.boolean("addresses"))
        for pattern in try reader.strings("patterns", atMost: SecretFilter.maximumPatterns) {
            try filter.add(pattern: pattern)
        }
        try reader.finish()
        return filter
    }
}
