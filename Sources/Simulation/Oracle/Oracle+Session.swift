import Messages
import Rules
import Sealing

extension Oracle {
    /// The job is about to open a session with a broker.
    func opens(_ session: Hash256, with broker: String) { openings[session] = broker }

    /// Checks that an honest broker opens only what the job opened with it, and seals to the key that the log names.
    func opened(_ node: BrokerNode, _ opening: Opening, _ reply: Bytes, _ world: World) {
        let what = "\(node.name) opens a session about \(opening.release.label)"
        guard openings[opening.session] == node.name else {
            return violate("\(what) that the job has not opened with it")
        }
        guard case .release(let release) = opening.release.statement,
            let recipient = Cast.recipient(of: release),
            let session = ObservedSession(
                opening.session, reply: reply, release: opening.release.hash, broker: node.key, recipient: recipient)
        else { return violate("\(what): not sealed to the recipient that the log names, or not signed") }
        expect(history.prefix(session.tree.root) != nil, "\(what) at a checkpoint that covers no known log")
        sessions[opening.session] = session
    }
}

extension Cast {
    /// The key that a release names by its hash.
    static func recipient(of release: Release) -> SealingPrivateKey? {
        recipients.compactMap { try? sealingKey($0) }.first { Release.name(of: $0.publicKey) == release.recipient }
    }
}
