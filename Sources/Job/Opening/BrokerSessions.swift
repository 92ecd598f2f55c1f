import Client
import Rules
import Sealing
import Synchronization

/// A job's open sessions that no ask is using: as many for a release and a broker as asks were under way at once.
final class BrokerSessions: Sendable {
    /// A session that has had the answer to its last message.
    struct Idle: Sendable {
        let session: OpenSession
        let broker: CharterTerms.Broker
        let client: BrokerClient
    }

    private struct Held {
        var idle: [Hash256: [Idle]] = [:]
        /// Brokers that are older than sessions.
        var without: Set<VerifyingKey> = []
    }

    private let held = Mutex(Held())

    /// Takes one out, for one ask. It is kept again only after its answer.
    func take(_ release: Hash256, _ broker: CharterTerms.Broker) -> Idle? {
        held.withLock { held in
            guard let place = held.idle[release]?.lastIndex(where: { $0.broker.noteKey == broker.noteKey }) else {
                return nil
            }
            return held.idle[release]?.remove(at: place)
        }
    }

    func keep(_ idle: Idle, _ release: Hash256) { held.withLock { $0.idle[release, default: []].append(idle) } }

    /// Takes out all that are open about a release.
    func takeAll(_ release: Hash256) -> [Idle] { held.withLock { $0.idle.removeValue(forKey: release) } ?? [] }

    func has(_ broker: VerifyingKey) -> Bool { held.withLock { !$0.without.contains(broker) } }

    func hasNone(_ broker: VerifyingKey) { held.withLock { _ = $0.without.insert(broker) } }
}
