import Broker
import Ledger
import Replica
import Rules
import Sealing

extension Oracle {
    /// After all faults have ended: each stop that an honest broker has taken is in the log, all followers agree, and the
    /// ledger has not stopped.
    func checkPromises(_ world: World) async {
        guard world.doubleSigners.isEmpty, !world.plan.forks else { return }
        expect(world.ledger.isRunning || world.ledger.wasRestored, "the ledger stops on its own newest disk")
        guard let checkpoint = world.ledger.published,
            let model = history.prefix(checkpoint.root)?.model
        else { return }
        // A cosigner that has signed ahead of its clock signs no more until then; without a quorum nothing is logged.
        let ahead = world.time.wereAhead
        guard
            Cast.cosigners.count(where: { ahead.contains(Cast.machine(of: $0)) }) <= Cast.cosigners.count - Cast.quorum
        else { return world.count("runs without a quorum of right clocks") }
        for node in world.brokers where !world.plan.liars.contains(node.name) {
            guard let followed = await node.running?.broker.follower.followed else {
                violate("\(node.name) follows nothing when every fault has ended")
                continue
            }
            expect(
                followed.checkpoint.checkpoint.size + 8 >= checkpoint.size,
                "\(node.name) stays behind when every fault has ended")
            let held = held[node.name] ?? HeldStops()
            expect(
                model.revoked.isSuperset(of: held.revoked), "a revoke that \(node.name) has taken never reached the log"
            )
            expect(model.halted.isSuperset(of: held.halts), "a halt that \(node.name) has taken never reached the log")
        }
        for laptop in world.laptops where model.enrolled.contains(Cast.publicKey(laptop.name)) {
            expect(laptop.outbox.isEmpty, "a stop stays in \(laptop.name)'s outbox when every fault has ended")
        }
        for person in world.people where model.enrolled.contains(Cast.publicKey(person.name)) {
            for stop in person.stops {
                expect(model.shows(stop.statement), "\(stop.label) never reached the log")
            }
        }
        world.count("runs mended")
    }
}
