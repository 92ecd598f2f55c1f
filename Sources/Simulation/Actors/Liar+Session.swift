import Ledger
import Messages
import Sealing
import Synchronization

/// A corrupt broker's sessions: it opens every session, answers everything in it, and relays openings to others.
extension World {
    /// The answer to an opening. Nil if it is not sealed to this broker.
    func lie(_ node: BrokerNode, _ opening: Opening) throws -> Bytes? {
        guard let key = try? Cast.sealingKey(node.name),
            let received = ReceivedOpening(
                opening.body[32...], origin: Cast.origin, release: opening.release.hash, with: key)
        else { return nil }
        let (note, isMeant) = (received.note.encoded, received.opening.broker == node.key)
        let session = LiarsSession(
            try AnsweringSession(received), at: SessionHead.Tree(size: 1, root: Hash256(of: [1])))
        liarSessions[node.name, default: [:]][opening.session] = session
        if isMeant, let other = random.pick(Cast.brokers.filter { $0 != node.name }) {
            try relay(note, opening, from: node.name, to: other)
        }
        return try session.opened(by: Cast.key(node.name))
    }

    /// Sends the job's note to another broker, under a key that this one encapsulated.
    private func relay(_ note: Bytes, _ opening: Opening, from: String, to other: String) throws {
        let key = try Cast.sealingKey(other).publicKey
        let info = HPKEInfo.statement(.asks, origin: Cast.origin, statement: opening.release.hash, recipient: key)
        var relayed = opening
        relayed.broker = other
        relayed.body = opening.release.hash.bytes + (try SealedBox.seal(note, to: key, info: info))
        count("openings relayed")
        send(.open(relayed), from: from, to: other)
    }

    /// Partials under every sub-key that it has, right or wrong. Nil if it has no sub-key, or cannot read the message.
    func lieInSession(_ node: BrokerNode, _ question: Question) -> Bytes? {
        guard let id = question.session, let session = liarSessions[node.name]?[id], let partials = lies(node, question)
        else {
            return nil
        }
        guard let message = session.receive(question.body) else { return nil }
        return session.answer(message, partials, at: session.tree, by: Cast.key(node.name))
    }
}

/// A session at a broker that does not keep the rules.
final class LiarsSession: Sendable {
    private let session: Mutex<AnsweringSession>
    /// What it signed at the opening.
    let tree: SessionHead.Tree

    init(_ session: consuming AnsweringSession, at tree: SessionHead.Tree) {
        self.session = Mutex(session)
        self.tree = tree
    }

    func opened(by key: SigningKey) throws -> Bytes {
        try session.withLock { [tree] session in try session.opened(at: tree, by: key) }
    }

    /// The next message, of session ‖ box.
    func receive(_ body: Bytes) -> SessionMessage? {
        session.withLock { session in try? session.receive(body.dropFirst(32)) }
    }

    func answer(_ message: SessionMessage, _ partials: Bytes, at tree: SessionHead.Tree, by key: SigningKey) -> Bytes? {
        session.withLock { session in try? session.answer(message, partials: partials, at: tree, by: key) }
    }
}
