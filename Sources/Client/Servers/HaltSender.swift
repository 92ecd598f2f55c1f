package import Ledger
package import Messages
package import Rules
package import Sealing

/// Sends a halt to brokers, and says by which rosters something may still be opened (Design, "Stopping").
package struct HaltSender: Sendable {
    package let note: SignedNote
    private let origin: String
    private let transport: any HTTPTransport
    private var attempted: Set<StopAddress> = []
    /// The brokers that have signed a receipt.
    package private(set) var receipts: Set<VerifyingKey> = []

    package init(_ note: SignedNote, origin: String, transport: any HTTPTransport = HTTPConnection()) {
        self.note = note
        self.origin = origin
        self.transport = transport
    }

    /// A broker at an address: after a move, the same broker is asked again.
    private struct StopAddress: Hashable {
        let key: VerifyingKey
        let url: String
    }

    /// Sends the halt to each broker that has not been sent it at its address.
    package mutating func send(to brokers: some Sequence<CharterTerms.Broker>) async {
        let next = brokers.filter { broker in
            attempted.insert(StopAddress(key: broker.noteKey, url: broker.url)).inserted
                && !receipts.contains(broker.noteKey)
        }
        let (note, origin, transport) = (note, origin, transport)
        let new = await withTaskGroup(of: VerifyingKey?.self) { group in
            for broker in next {
                group.addTask {
                    let client = BrokerClient(broker, origin: origin, transport: transport)
                    return (try? await client.stop(note))?.broker
                }
            }
            return await group.reduce(into: Set<VerifyingKey>()) { if let key = $1 { $0.insert(key) } }
        }
        receipts.formUnion(new)
    }

    /// What the halt has done at one roster.
    package struct RosterResult: Sendable {
        package let roster: StoppableRoster
        package let brokers: Int
        package let receipts: Int
        /// Whether n − t + 1 brokers of one group have signed, so that nothing can be opened by the roster.
        package let isStopped: Bool
    }

    /// The result at each roster.
    package func results(_ rosters: [StoppableRoster]) -> [RosterResult] {
        rosters.map { roster in
            let keys = Set(roster.brokers.map(\.noteKey))
            return RosterResult(
                roster: roster, brokers: keys.count, receipts: keys.intersection(receipts).count,
                isStopped: roster.groups.contains { $0.isStopped(by: receipts) })
        }
    }
}
