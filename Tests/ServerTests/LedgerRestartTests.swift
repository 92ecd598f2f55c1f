import CofferTestKit
import Files
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import LedgerServer

/// A ledger that starts again goes on from the state that it signed itself, and from no other.
@Suite("A ledger's restart", .timeLimit(.minutes(15)))
struct LedgerRestartTests {
    private let world: LedgerWorld

    init() throws { world = try LedgerWorld() }

    /// A ledger with the charter and some halts, of which the first `kept` are in its kept state.
    private func run(_ halts: Int, keptAfter kept: Int) async throws -> Hash256 {
        let service = try await world.service()
        for number in 0..<halts {
            let id = ID128(Hash256(of: "halt \(number)".utf8).bytes)
            let halt = Scenario.note(
                Halt(heading: Heading(origin: Scenario.origin, id: id, until: nil)), by: ["security"])
            let turning = Task {
                while !Task.isCancelled {
                    try await service.sequencer.turn()
                    await Task.yield()
                }
            }
            _ = try await service.sequencer.append(halt)
            turning.cancel()
            _ = await turning.result
            if number + 1 == kept { await service.keeper.keepIfDue() }
        }
        return await service.sequencer.state.digest
    }

    private func started(on disk: SimulatedDisk? = nil) async throws -> (from: UInt64, digest: Hash256) {
        let service = try await world.service(on: disk)
        return (service.startedFrom, await service.sequencer.state.digest)
    }

    @Test("It goes on from its own state, and comes to the state of a replay")
    func itGoesOn() async throws {
        let digest = try await run(5, keptAfter: 3)
        let again = try await started()
        #expect(again.from == 4 && again.digest == digest)
        try Durable(world.disk).remove("ledger/state/note")
        let replayed = try await started()
        #expect(replayed.from == 0 && replayed.digest == digest)
    }

    @Test("It ignores a state that is damaged, or that another key has signed")
    func otherStates() async throws {
        let digest = try await run(4, keptAfter: 2)
        let files = try ["note", "snapshot"].map { try #require(try world.disk.read("ledger/state/\($0)")) }
        for (name, bytes) in zip(["note", "snapshot"], files) {
            var bad = bytes
            bad[bad.count / 2] ^= 1
            try Durable(world.disk).write(bad, to: "ledger/state/\(name)")
            let again = try await started()
            #expect(again.from == 0 && again.digest == digest, "\(name)")
            try Durable(world.disk).write(bytes, to: "ledger/state/\(name)")
        }
        #expect(try await started().from == 3)
        // A state of this log that a stranger has signed, and one that permits what nobody logged.
        let snapshot = try LedgerSnapshot(parsing: files[1])
        var other = snapshot.state
        other.halts = [:]
        for (key, state) in [("stranger", snapshot.state), ("acme-1", other)] {
            let planted = SignedSnapshotFile(
                directory: "ledger/state", key: Scenario.key(key), origin: Scenario.origin, files: world.disk,
                now: world.clock.read)
            try planted.keep(LedgerSnapshot(state: state, frontier: snapshot.frontier))
            let again = try await started()
            #expect(again.from == 0 && again.digest == digest, "\(key)")
        }
    }

    @Test("It ignores its own state of a larger tree than the folder holds")
    func aLargerState() async throws {
        let service = try await world.service()
        try await service.sequencer.turn()
        let copy = SimulatedDisk(copying: world.disk)
        _ = try await run(3, keptAfter: 3)
        for name in ["note", "snapshot"] {
            let bytes = try #require(try world.disk.read("ledger/state/\(name)"))
            try Durable(copy).makeDirectories("ledger/state")
            try Durable(copy).write(bytes, to: "ledger/state/\(name)")
        }
        #expect(try await started(on: copy).from == 0)
        #expect(try await started().from == 4)
    }

    @Test("A state is kept again only when the log has grown")
    func keptWhenDue() async throws {
        _ = try await run(2, keptAfter: 1)
        let before = try world.disk.read("ledger/state/note")
        let service = try await world.service()
        await service.keeper.keepIfDue()
        #expect(try world.disk.read("ledger/state/note") == before)
        world.clock.advance(by: millisecondsPerDay)
        try await service.sequencer.turn()
        await service.keeper.keepIfDue()
        #expect(try await started().from == 3)
    }
}
