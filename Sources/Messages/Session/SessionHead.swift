import Ledger
import Rules
package import Sealing

/// What a broker signs in a session: `coffer/v1/session` {origin, session, broker, size, root, transcript}.
///
/// It signs at the opening, in the first answer that it judged at another tree, and at the close. An answer without one
/// was judged at the tree of the last.
package struct SessionHead: Hashable, Sendable {
    static let type = "session"

    /// The tree at which a broker judged.
    package struct Tree: Hashable, Sendable {
        package let size: SaturatingUInt64
        package let root: Hash256

        package init(size: SaturatingUInt64, root: Hash256) {
            self.size = size
            self.root = root
        }
    }

    package let origin: String
    /// The hash of the opening's text.
    package let session: Hash256
    /// The broker's note key.
    package let broker: VerifyingKey
    package let tree: Tree
    package let transcript: Hash256

    package init(origin: String, session: Hash256, broker: VerifyingKey, tree: Tree, transcript: Hash256) {
        self.origin = origin
        self.session = session
        self.broker = broker
        self.tree = tree
        self.transcript = transcript
    }

    package var text: Bytes {
        NoteText.make(
            Self.type,
            [
                .init("origin", .string(origin)), .init("session", .hex(session)),
                .init("broker", .string(broker.hex)), .init("size", .number(tree.size)),
                .init("root", .bytes(tree.root.bytes)), .init("transcript", .bytes(transcript.bytes)),
            ])
    }

    package init(parsing text: Bytes) throws(FormatError) {
        var object = try MessageText.object(Self.type, in: text)
        self.origin = try object.string("origin", atMost: 255)
        self.session = try object.hash("session")
        self.broker = try object.key("broker")
        self.tree = Tree(size: try object.number("size"), root: try Hash256(try object.bytes("root", count: 32)))
        self.transcript = try Hash256(try object.bytes("transcript", count: 32))
        try object.finish()
    }
}
