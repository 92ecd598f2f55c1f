import CofferTestKit
import Crypto
import Ledger
import Rules
import Sealing
import Synchronization

/// One run: machines, people, a network and an observer, all driven step by step by one task from one seed.
///
/// The module Simulation runs the real rules, sealing, brokers, witnesses and ledger under faults (the page
/// Simulation). It imports these modules and CofferTestKit; it opens no socket and reads no clock.
///
/// `World` is one run, `Campaign` runs many seeds, `Plan` holds the faults of a seed, `Oracle` is the observer, with
/// `Model` as a second implementation of the rules, and `ExhaustiveSearch` tries every short sequence of statements. A
/// `PlantedBug` tests the simulation itself.
///
/// It promises that two runs of one seed have the same trace, and that a run which ends without a violation has kept
/// every promise of the oracle.
package final class World {
    let seed: UInt64
    let plan: Plan
    let bug: Sabotage
    var random: SeededGenerator
    let time = SimulatedTime(Scenario.noon)
    let network: Network
    let oracle = Oracle()
    let ledger = LedgerNode()
    let brokers: [BrokerNode]
    let witness = WitnessNode(Cast.witness)
    let censored = Censored()
    let people = Cast.people.map(Person.init)
    let laptops: [Laptop]
    /// Stops that laptops handed to brokers since the last step.
    let handed = HandedStops()
    let job = Job()
    var office = Office()

    /// Letters on their way, in no order.
    var mail: [Letter] = []
    /// All asks and openings that were sent, for later replays.
    var oldAsks: [Letter] = []
    /// Sessions that corrupt brokers have opened.
    var liarSessions: [String: [Hash256: LiarsSession]] = [:]
    private var letters = 0

    private var hasher = SHA256()
    private let talk: ((String) -> Void)?
    private(set) var tally: [String: Int] = [:]

    package init(seed: UInt64, bug: PlantedBug? = nil, talk: ((String) -> Void)? = nil) {
        self.seed = seed
        self.bug = Sabotage(bug)
        var random = SeededGenerator(seed: seed)
        self.plan = Plan(&random)
        self.random = random
        let network = Network(seed: seed, plan: plan)
        self.network = network
        let time = self.time
        self.laptops = Cast.people.map { Laptop($0, link: network.link(from: $0), clock: time.clock(of: $0)) }
        self.brokers = Cast.brokers.map { BrokerNode($0, keepsKeys: bug == .keptKeys) }
        self.talk = talk
    }

    /// A hash of everything signed, seen and answered, without randomness from outside the seed: two runs of one seed
    /// give the same hash.
    var traceHash: String {
        let copy = hasher
        return copy.finalize().prefix(8).map { Hex.encode([$0]) }.joined()
    }

    func trace(_ line: String) {
        hasher.update(data: Bytes(line.utf8) + [10])
        talk?(line)
    }

    func count(_ what: String, _ number: Int = 1) { tally[what, default: 0] += number }

    /// Cosigners that may sign two histories: the false ones, and those with an older disk.
    var doubleSigners: Set<String> {
        plan.falseWitnesses.union(brokers.filter(\.wasRestored).map { "cosigner " + $0.name })
    }

    /// Whether a quorum of cosigners has had clocks that were ahead, or signs any time.
    var mayTellFalseTimes: Bool {
        let ahead = time.wereAhead
        return Cast.cosigners.count { name in
            plan.falseWitnesses.contains(name) || ahead.contains(Cast.machine(of: name))
        } >= Cast.quorum
    }

    func send(_ content: Letter.Content, from: String, to: String) {
        letters += 1
        let letter = Letter(number: letters, from: from, to: to, content: content)
        network.record(letter.bytes)
        mail.append(letter)
        switch content {
        case .ask, .open: oldAsks.append(letter)
        default: break
        }
    }

    func laptop(of person: Person) -> Laptop? { laptops.first { $0.name == person.name } }

    func node(_ name: String) -> BrokerNode? { brokers.first { $0.name == name } }
}

/// Notes that the ledger's operator leaves out.
final class Censored: Sendable {
    private let notes = Mutex<Set<Bytes>>([])
    func insert(_ note: Bytes) { notes.withLock { _ = $0.insert(note) } }
    func contains(_ note: Bytes) -> Bool { notes.withLock { $0.contains(note) } }
    func clear() { notes.withLock { $0 = [] } }
}
