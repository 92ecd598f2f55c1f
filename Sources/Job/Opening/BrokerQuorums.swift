import Rules
import Sealing
import Synchronization

/// One `BrokerQuorum` for each roster, kept for the whole stream so that it remembers which brokers to ask last.
final class BrokerQuorums: Sendable {
    private let brokers: any BrokerAsking
    private let pause: Pause
    private let talk: @Sendable (String) -> Void
    private let panels = Mutex<[[CharterTerms.Group]: BrokerQuorum]>([:])

    init(brokers: any BrokerAsking, pause: @escaping Pause, talk: @escaping @Sendable (String) -> Void) {
        self.brokers = brokers
        self.pause = pause
        self.talk = talk
    }

    /// All targets of one ask have the same roster.
    func panel(for targets: [Target]) -> BrokerQuorum {
        let groups = targets.first?.consent.groups ?? []
        return panels.withLock { panels in
            if let panel = panels[groups] { return panel }
            let panel = BrokerQuorum(groups, brokers: brokers, pause: pause, talk: talk)
            panels[groups] = panel
            return panel
        }
    }

    /// Closes what is open about a release, and reports who did not sign for its answers.
    func close(_ release: Hash256) async {
        for name in await brokers.close(release) { talk("broker \(name) did not sign for its last answers") }
    }
}
