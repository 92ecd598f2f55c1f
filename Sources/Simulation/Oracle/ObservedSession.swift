import Crypto
import Ledger
import Messages
import Sealing

/// A session with an honest broker, as the observer reads along: it has the recipient's key. It is written from the page
/// AskAndAnswer, apart from the ends of a session that the machines use.
final class ObservedSession {
    private let id: Hash256
    private let broker: VerifyingKey
    private var answers: OpeningContext
    private var transcript: Hash256
    private(set) var tree: SessionHead.Tree

    /// Nil if the answer to the opening is not sealed to this key, or has no head that the broker signed for it.
    init?(_ id: Hash256, reply: Bytes, release: Hash256, broker: VerifyingKey, recipient: SealingPrivateKey) {
        let encapsulated = reply.prefix(SealedBox.encapsulatedCount)
        let info = HPKEInfo.statement(
            .answers, origin: Cast.origin, statement: release, recipient: recipient.publicKey)
        guard var answers = try? OpeningContext(encapsulated, with: recipient, info: info),
            let content = try? answers.open(reply.dropFirst(SealedBox.encapsulatedCount)),
            let (note, partials) = Self.cut(content), partials.isEmpty
        else { return nil }
        let transcript = Self.hash([id, Hash256(of: Array(encapsulated))])
        guard let tree = Self.tree(in: note, of: id, by: broker, transcript) else { return nil }
        self.id = id
        self.broker = broker
        self.answers = answers
        self.transcript = transcript
        self.tree = tree
    }

    /// The partials in the next answer; nil if it is not sealed here, or its head is not the broker's.
    func read(_ box: Bytes, to positions: [AskPosition]) -> Bytes? {
        guard let content = try? answers.open(box), let (note, partials) = Self.cut(content) else { return nil }
        transcript = Self.hash([
            transcript, Hash256(of: SessionMessage.ask(positions).text), Hash256(of: partials),
        ])
        if note.isEmpty { return partials }
        guard let tree = Self.tree(in: note, of: id, by: broker, transcript) else { return nil }
        self.tree = tree
        return partials
    }

    private static func cut(_ content: Bytes) -> (note: Bytes, partials: Bytes)? {
        guard content.count >= 4 else { return nil }
        let count = content.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard count <= content.count - 4 else { return nil }
        return (Array(content[4..<(4 + count)]), Array(content[(4 + count)...]))
    }

    private static func hash(_ parts: [Hash256]) -> Hash256 {
        Hash256(of: Bytes("coffer/v1/transcript".utf8) + [0] + parts.flatMap(\.bytes))
    }

    private static func tree(in bytes: Bytes, of id: Hash256, by broker: VerifyingKey, _ transcript: Hash256)
        -> SessionHead.Tree?
    {
        guard let note = try? SignedNote(parsing: bytes), (try? note.signers()) == [broker],
            let head = try? SessionHead(parsing: note.text), head.origin == Cast.origin, head.session == id,
            head.broker == broker, head.transcript == transcript
        else { return nil }
        return head.tree
    }
}
