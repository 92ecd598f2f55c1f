package import Sealing

/// The public half of an organisation's key, as in its `.pub` file; a charter is drafted from it.
package struct OrgPublicKey: Hashable, Sendable {
    package static let schema = "coffer.public-key.v1"

    package var role: OrgRole
    /// A name for people; the charter maps keys to names.
    package var name: String
    /// Who runs it; empty where the role needs none.
    package var operatorName: String
    /// `company` or `employees`; empty where the role needs none.
    package var side: String
    /// Where its server is reached; empty where the role has none.
    package var url: String
    /// Signs statements and served notes. A witness does not use it.
    package var noteKey: VerifyingKey
    /// Signs checkpoints only.
    package var cosigner: VerifyingKey?
    /// The X-Wing public key that others seal to.
    package var sealing: SealingPublicKey?

    package var json: CanonicalJSON {
        var members: [CanonicalJSON.Member] = [
            .init("schema", .string(Self.schema)), .init("role", .string(role.rawValue)), .init("name", .string(name)),
            .init("operator", .string(operatorName)), .init("side", .string(side)), .init("url", .string(url)),
            .init("note", .string(noteKey.hex)),
        ]
        if let cosigner { members.append(.init("cosigner", .string(cosigner.hex))) }
        if let sealing { members.append(.init("sealing", .bytes(sealing.bytes))) }
        return .object(members)
    }

    package init(parsing bytes: some Collection<UInt8>) throws(FormatError) {
        let bytes = Array(bytes)
        var object = try CanonicalObject(parsing: bytes.last == 10 ? bytes.dropLast() : bytes[...])
        guard try object.string("schema") == Self.schema else { throw .notCanonical }
        let description = try OrgKeyDescription(readingFrom: &object)
        self.init(description, noteKey: try object.key("note"))
        if object.nextName == "cosigner" { cosigner = try object.key("cosigner") }
        if object.nextName == "sealing" {
            sealing = try SealingPublicKey(try object.bytes("sealing", count: SealingPublicKey.count))
        }
        try object.finish()
    }

    init(_ description: OrgKeyDescription, noteKey: VerifyingKey) {
        self.role = description.role
        self.name = description.name
        self.operatorName = description.operatorName
        self.side = description.side
        self.url = description.url
        self.noteKey = noteKey
    }
}

/// The members that both files of a key have in common.
struct OrgKeyDescription: Hashable, Sendable {
    var role: OrgRole
    var name: String
    var operatorName: String
    var side: String
    var url: String

    init(role: OrgRole, name: String, operatorName: String, side: String, url: String) {
        self.role = role
        self.name = name
        self.operatorName = operatorName
        self.side = side
        self.url = url
    }

    init(readingFrom object: inout CanonicalObject) throws(FormatError) {
        guard let role = OrgRole(rawValue: try object.string("role")) else { throw .notCanonical }
        self.role = role
        self.name = try object.string("name", atMost: 255)
        self.operatorName = try object.string("operator", atMost: 255)
        self.side = try object.string("side", atMost: 16)
        self.url = try object.string("url", atMost: 1_024)
    }

    /// The members between `schema` and those that differ between the two files.
    var members: [CanonicalJSON.Member] {
        [
            .init("role", .string(role.rawValue)), .init("name", .string(name)),
            .init("operator", .string(operatorName)), .init("side", .string(side)), .init("url", .string(url)),
        ]
    }
}
