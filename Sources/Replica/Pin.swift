package import Sealing

/// What a client pins: a ledger, by its origin and the hash of its charter (Design, "Checkpoints and cosigners").
///
/// {"schema":"coffer.pin.v1","origin","charter":hex,"ledger":URL}
package struct Pin: Hashable, Sendable {
    package static let schema = "coffer.pin.v1"

    package let origin: String
    package let charterHash: Hash256
    /// The ledger's address when it was pinned. Answers from there are checked against the other members.
    package let ledgerURL: String

    package init(origin: String, charterHash: Hash256, ledgerURL: String) {
        self.origin = origin
        self.charterHash = charterHash
        self.ledgerURL = ledgerURL
    }

    package var encoded: Bytes {
        CanonicalJSON.object([
            .init("schema", .string(Self.schema)), .init("origin", .string(origin)),
            .init("charter", .hex(charterHash)), .init("ledger", .string(ledgerURL)),
        ]).encoded + [10]
    }

    package init(parsing bytes: Bytes) throws(FormatError) {
        guard bytes.last == 10 else { throw .truncated }
        var object = try CanonicalObject(parsing: bytes.dropLast())
        guard try object.string("schema") == Self.schema else { throw .notCanonical }
        self.origin = try object.string("origin", atMost: 255)
        self.charterHash = try object.hash("charter")
        self.ledgerURL = try object.string("ledger", atMost: 1_024)
        try object.finish()
    }
}
