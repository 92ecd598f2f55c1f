import Ledger
import Rules
package import Sealing

/// A job's request to a broker: `coffer/v1/ask` {origin, release, recipient, positions}, signed by the job.
package struct Ask: Hashable, Sendable {
    static let type = "ask"
    /// The most positions of an ask: as many as a release may have. The note is at most 64 KiB.
    package static let maximumPositions = Release.maximumIDs
    /// How many positions a job asks for at a time. So at a revocation the job holds at most this many keys.
    package static let usualPositions = 64

    package let origin: String
    /// The hash of the release.
    package let release: Hash256
    /// The key to seal the answer to: the one that the release names by its hash.
    package let recipient: SealingPublicKey
    package let positions: [AskPosition]

    package init(origin: String, release: Hash256, recipient: SealingPublicKey, positions: [AskPosition]) {
        self.origin = origin
        self.release = release
        self.recipient = recipient
        self.positions = positions
    }

    /// The hash by which an answer names it: SHA-256(D("statement") ‖ text), as for every note.
    package var hash: Hash256 { SignedNote.identity(of: text) }

    package var text: Bytes {
        NoteText.make(
            Self.type,
            [
                .init("origin", .string(origin)), .init("release", .hex(release)),
                .init("recipient", .bytes(recipient.bytes)), .init("positions", ListedPositions.json(positions)),
            ])
    }

    package init(parsing text: Bytes) throws(FormatError) {
        var object = try MessageText.object(Self.type, in: text)
        self.origin = try object.string("origin", atMost: 255)
        self.release = try object.hash("release")
        self.recipient = try SealingPublicKey(try object.bytes("recipient", count: SealingPublicKey.count))
        self.positions = try ListedPositions.read("positions", in: &object)
        try object.finish()
    }
}
