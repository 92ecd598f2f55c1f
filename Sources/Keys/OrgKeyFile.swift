/// Module Keys: the key files of the organisation: officers, servers and jobs. Employees' keys are not here.
///
/// It imports Sealing, Files, Rules and swift-crypto.
///
/// `OrgKeyFile` is the private file and `OrgPublicKey` its `.pub` file, from which a charter is drafted. `OrgRole` is
/// the one role that a key has.
///
/// Promises: a key file is written with mode 0600 and never over an existing file; the seed is read into memory that is
/// wiped, and never passes through a string. Errors are `CofferError`s for people.
import Crypto
import Files
package import Sealing

/// A private key of the organisation: `{"schema":"coffer.key.v1","role",…,"url","seed":base64}` and a newline.
///
/// One 32-byte seed; each key of the role is HKDF-SHA-256 of it, with empty salt and info D("org-note"),
/// D("org-cosigner") or D("org-sealing"). The seed is the last member, so that it is cut from the file before
/// anything else is parsed and never passes through a string.
package struct OrgKeyFile: Sendable {
    package static let schema = "coffer.key.v1"

    private let description: OrgKeyDescription
    private let seed: SymmetricKey
    /// Signs statements and served notes.
    package let noteKey: SigningKey
    /// Signs checkpoints; nil for roles that do not cosign.
    package let cosignerKey: SigningKey?
    /// Opens what is sealed to this key; nil for roles that nothing is sealed to.
    package let sealingKey: SealingPrivateKey?

    package var role: OrgRole { description.role }
    package var name: String { description.name }

    /// Makes a fresh key.
    package init(role: OrgRole, name: String, operatorName: String = "", side: String = "", url: String = "")
        throws(CofferError)
    {
        let description = OrgKeyDescription(
            role: role, name: name, operatorName: operatorName, side: side, url: url)
        try self.init(description, seed: SymmetricKey(size: .bits256))
    }

    private init(_ description: OrgKeyDescription, seed: SymmetricKey) throws(CofferError) {
        self.description = description
        self.seed = seed
        func derived(_ use: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(inputKeyMaterial: seed, info: D(use), outputByteCount: 32)
        }
        guard let noteKey = SigningKey(seed: derived("org-note")) else {
            throw CofferError(.bug, "A 32-byte seed gave no key.")
        }
        self.noteKey = noteKey
        self.cosignerKey = description.role.cosigns ? SigningKey(seed: derived("org-cosigner")) : nil
        do throws(SealingError) {
            self.sealingKey = description.role.isSealedTo ? try SealingPrivateKey(seed: derived("org-sealing")) : nil
        } catch {
            throw CofferError(.bug, "A 32-byte seed gave no sealing key.")
        }
    }

    package var publicKey: OrgPublicKey {
        var key = OrgPublicKey(description, noteKey: noteKey.publicKey)
        key.cosigner = cosignerKey?.publicKey
        key.sealing = sealingKey?.publicKey
        return key
    }

    // MARK: Files

    private static let seedMember = Array(",\"seed\":\"".utf8)
    private static let ending = Array("\"}\n".utf8)
    private static let seedCount = 32
    private static let encodedSeedCount = Base64.encodedCount(seedCount)

    package init(readingFrom path: String) throws(CofferError) {
        self = try SecretFile.read(path) { bytes throws(CofferError) in
            let notAKey = CofferError(.configuration, "\(path) is not a Coffer key file.")
            let tail = Self.seedMember.count + Self.encodedSeedCount + Self.ending.count
            guard bytes.count > tail, bytes.suffix(Self.ending.count).elementsEqual(Self.ending) else { throw notAKey }
            let split = bytes.count - tail
            let encoded = bytes[(split + Self.seedMember.count)..<(bytes.count - Self.ending.count)]
            guard bytes[split...].starts(with: Self.seedMember),
                let seed = Self.seed(UnsafeRawBufferPointer(rebasing: encoded)),
                let description = try? Self.description(bytes[..<split])
            else { throw notAKey }
            return try Self(description, seed: seed)
        }
    }

    /// The seed in a key file, decoded from one wiped buffer into another; nil unless it is the base64 of 32 bytes.
    static func seed(_ encoded: UnsafeRawBufferPointer) -> SymmetricKey? {
        var seed: SymmetricKey?
        try? Base64.withDecoded(encoded.bindMemory(to: UInt8.self).span) { bytes in
            guard bytes.count == seedCount else { return }
            seed = bytes.withUnsafeBytes { SymmetricKey(data: $0) }
        }
        return seed
    }

    private static func description(_ head: Slice<UnsafeRawBufferPointer>) throws(FormatError) -> OrgKeyDescription {
        var object = try CanonicalObject(parsing: Array(head) + [UInt8(ascii: "}")])
        guard try object.string("schema") == Self.schema else { throw .notCanonical }
        let description = try OrgKeyDescription(readingFrom: &object)
        try object.finish()
        return description
    }

    /// Writes the private key to `path`, which must not exist, and the public one to `path` + `.pub`.
    package func write(to path: String) throws(CofferError) {
        let schema = CanonicalJSON.Member("schema", .string(Self.schema))
        let head = CanonicalJSON.object([schema] + description.members).encoded.dropLast()
        let count = head.count + Self.seedMember.count + Self.encodedSeedCount + Self.ending.count
        let seedStart = head.count + Self.seedMember.count
        let seedEnd = seedStart + Self.encodedSeedCount
        var bytes = Bytes(head) + Self.seedMember + Bytes(repeating: 0, count: count - seedStart)
        defer { wipe(&bytes) }
        bytes.withUnsafeMutableBytes { buffer in
            seed.withUnsafeBytes {
                Base64.encode($0, into: UnsafeMutableRawBufferPointer(rebasing: buffer[seedStart..<seedEnd]))
            }
            UnsafeMutableRawBufferPointer(rebasing: buffer[seedEnd...]).copyBytes(from: Self.ending)
        }
        try SecretFile.create(path, bytes)
        try SecretFile.create(path + ".pub", publicKey.json.encoded + [10], mode: 0o644)
    }
}
