import Broker
import Messages
import Rules
import Sealing

/// A corrupt broker: it runs the real code, so it holds its sub-keys, but it answers every ask.
extension World {
    /// Partials under every sub-key that it has, right or wrong, sealed to the release's recipient. Nil if it has no
    /// sub-key.
    func lie(_ node: BrokerNode, _ question: Question) -> Bytes? {
        guard let partials = lies(node, question) else { return nil }
        let answer = Answer(
            origin: Cast.origin, release: question.release.hash, ask: question.ask.hash, broker: node.key, size: 1,
            root: Hash256(of: [1]), partials: partials)
        return try? SealedAnswer.seal(answer, partials: partials, by: Cast.key(node.name), to: question.ask.recipient)
    }

    /// Partials under every sub-key that it has, right or wrong.
    func lies(_ node: BrokerNode, _ question: Question) -> Bytes? {
        guard case .release(let release) = question.release.statement, let broker = node.running?.broker else {
            return nil
        }
        let isWrong = random.oneIn(3)
        let ids = release.consents.flatMap { part in part.ids.map { (part.consent, $0) } }
        var partials = Bytes()
        for position in question.ask.positions {
            guard Int(position.at) < ids.count, let keys = broker.subKeys.subKeys(of: ids[Int(position.at)].0) else {
                return nil
            }
            let (consent, id) = ids[Int(position.at)]
            let x = ReplicatedPRF.x(
                consent: consent, page: id.monday == nil ? id : .zero, kind: position.claim.kind,
                app: position.claim.app, day: position.claim.day)
            for key in keys {
                var partial = ReplicatedPRF.partial(key: key.key, x: x)
                if isWrong { partial[0] ^= 1 }
                partials += partial
            }
        }
        return partials
    }
}
