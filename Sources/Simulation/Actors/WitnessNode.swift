import CofferTestKit
import Ledger
import Rules
import Sealing

/// The outside witness's machine.
final class WitnessNode {
    let name: String
    private let disk = SimulatedDisk()
    private(set) var running: Witness?

    init(_ name: String) { self.name = name }

    func start(in world: World) throws {
        guard running == nil, let ledger = Cast.terms.ledgerNoteKey(origin: Cast.origin) else { return }
        disk.start()
        let witness = try Witness(
            key: Cast.key(name), logs: [Cast.origin: [ledger]], directory: "witness",
            files: world.bug.witnessFiles(of: name, on: disk), now: world.time.clock(of: name))
        running = witness
        world.network.attach(WitnessHost(name: name, witness: witness, seen: world.oracle.cosigned), as: name)
    }

    func crash(in world: World) {
        guard running != nil else { return }
        running = nil
        world.network.attach(nil, as: name)
        disk.cutPower(seed: world.random.next())
    }
}
