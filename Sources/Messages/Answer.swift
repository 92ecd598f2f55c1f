import Rules
package import Sealing

/// A broker's answer: `coffer/v1/answer` {origin, release, ask, broker, size, root, partials}.
///
/// It is sealed to the release's recipient as u32 n ‖ note (n bytes) ‖ partials: 32 bytes for each position of the ask
/// in order and, within a position, for each mask of the broker, ascending. `partials` in the note is their SHA-256.
package struct Answer: Hashable, Sendable {
    static let type = "answer"
    package static let partialCount = 32

    package let origin: String
    package let release: Hash256
    /// The hash of the ask's text, which fixes the positions and their order.
    package let ask: Hash256
    /// The broker's note key.
    package let broker: VerifyingKey
    /// The checkpoint it judged at.
    package let size: SaturatingUInt64
    package let root: Hash256
    package let partialsHash: Hash256

    package init(
        origin: String, release: Hash256, ask: Hash256, broker: VerifyingKey, size: SaturatingUInt64, root: Hash256,
        partials: Bytes
    ) {
        self.origin = origin
        self.release = release
        self.ask = ask
        self.broker = broker
        self.size = size
        self.root = root
        self.partialsHash = Hash256(of: partials)
    }

    package var text: Bytes {
        NoteText.make(
            Self.type,
            [
                .init("origin", .string(origin)), .init("release", .hex(release)), .init("ask", .hex(ask)),
                .init("broker", .string(broker.hex)), .init("size", .number(size)), .init("root", .bytes(root.bytes)),
                .init("partials", .bytes(partialsHash.bytes)),
            ])
    }

    package init(parsing text: Bytes) throws(FormatError) {
        var object = try MessageText.object(Self.type, in: text)
        self.origin = try object.string("origin", atMost: 255)
        self.release = try object.hash("release")
        self.ask = try object.hash("ask")
        self.broker = try object.key("broker")
        self.size = try object.number("size")
        self.root = try Hash256(try object.bytes("root", count: 32))
        self.partialsHash = try Hash256(try object.bytes("partials", count: 32))
        try object.finish()
    }
}
