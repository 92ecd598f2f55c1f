import Broker
import CofferTestKit
import Files
import Ledger
import Replica
import Rules
import Sealing

/// A broker's machine: its disk, its key medium, and its process while it runs.
final class BrokerNode {
    struct Running {
        let broker: Broker
        let witness: Witness
        /// Answers asks: the real broker, or one with a planted bug.
        let answering: any Answering
        let kept: KeptStates
    }

    /// A copy of the disk, with what the observer knew about the broker at that time.
    struct Backup {
        let disk: SimulatedDisk
        let held: HeldStops
    }

    let name: String
    private(set) var disk = SimulatedDisk()
    let slots: SimulatedSlots
    private(set) var running: Running?
    var backups: [Backup] = []
    /// Whether an older disk was ever put in; then its witness may have forgotten a checkpoint.
    private(set) var wasRestored = false

    init(_ name: String, keepsKeys: Bool) {
        self.name = name
        self.slots = SimulatedSlots(process: disk, keeps: keepsKeys)
    }

    var key: VerifyingKey { Cast.publicKey(name) }

    /// Starts the process from the disk. Throws if the broker cannot start.
    func start(in world: World) async throws {
        guard running == nil else { return }
        disk.start()
        let link = world.network.link(from: name)
        let clock = world.time.clock(of: name)
        let files = world.bug.files(of: name, on: disk)
        let log = TileDirectory(path: "ledger", files: files)
        let sources = ([Cast.ledger] + Cast.brokers.filter { $0 != name }).map {
            world.bug.source(HTTPSource(url: Cast.url($0), transport: link), clock: clock)
        }
        guard let charter = Cast.charterFile, let ledgerKey = Cast.terms.ledgerNoteKey(origin: Cast.origin) else {
            throw CofferError(.bug, "The simulation's charter is not valid.")
        }
        _ = try Durable(files).makeDirectories("subkeys")
        let kept = KeptStates(files: files)
        let follower = Follower(
            pin: charter.pin, store: LedgerDirectory(log), sources: sources,
            evidence: EvidenceDirectory(path: "evidence", files: files), retention: .needed, snapshots: kept, now: clock
        )
        let broker = try Broker(
            noteKey: Cast.key(name), sealingKey: try Cast.sealingKey(name), origin: Cast.origin, follower: follower,
            subKeys: try SubKeyStore(directory: "subkeys", slots: slots, files: files), stopDirectory: "stops",
            files: files, now: clock)
        try await broker.replay()
        let cosigner = Cast.key("cosigner " + name)
        let witness = try Witness(
            key: cosigner, logs: [Cast.origin: [ledgerKey]], directory: "witness",
            files: world.bug.witnessFiles(of: name, on: files), now: clock)
        let answering = world.bug.answering(broker, name: name, link: link, clock: clock)
        running = Running(broker: broker, witness: witness, answering: answering, kept: kept)
        let host = WitnessHost(name: "cosigner " + name, witness: witness, seen: world.oracle.cosigned) {
            await follower.isTimely($0, by: Cast.terms)
        }
        world.network.attach(
            BrokerHost(name: name, witness: host, log: log, answering: answering, stops: world.handed), as: name)
    }

    /// The machine loses its power.
    func crash(in world: World) {
        guard running != nil else { return }
        running = nil
        world.network.attach(nil, as: name)
        disk.cutPower(seed: world.random.next())
    }

    /// What a backup would copy now: the durable content of the disk.
    func backUp(held: HeldStops, seed: UInt64) {
        let copy = SimulatedDisk(copying: disk)
        copy.cutPower(seed: seed)
        backups.append(Backup(disk: copy, held: held))
    }

    /// Puts an older disk in. The key medium is not changed.
    func restore(_ backup: Backup) {
        disk = SimulatedDisk(copying: backup.disk)
        slots.move(to: disk)
        wasRestored = true
    }

    /// Whether a fault of the disk has ended the process.
    var hasFailed: Bool {
        guard let running else { return false }
        if running.broker.subKeys.failure != nil || running.witness.failure != nil { return true }
        do { _ = try disk.read("alive") } catch { return true }
        return false
    }
}

/// Takes asks, sessions and stops.
protocol Answering: Sendable {
    func openSession(_ body: Bytes) async throws(BrokerRefusal) -> Bytes
    func askInSession(_ body: Bytes) async throws(BrokerRefusal) -> Bytes
    func ask(_ body: Bytes) async throws(BrokerRefusal) -> Bytes
    func stop(_ body: Bytes) async throws(BrokerRefusal) -> Bytes
}

extension Broker: Answering {}
