import CofferTestKit
import HTTPTypes
import Ledger
import LedgerServer
import Messages
import Rules
import Sealing
import Serving
import Testing

/// The ledger signs no stamp that is apart from its cosigners' clocks.
@Suite("The ledger's clock")
struct LedgerClockTests {
    private let world: LedgerWorld
    /// The ledger's; the cosigners have the world's.
    private let clock = ManualClock(Scenario.noon)

    init() throws { world = try LedgerWorld() }

    private func run<R: Sendable>(_ body: @Sendable (Sequencer) async throws -> R) async throws -> R {
        let sequencer = try await world.service(now: clock.read).sequencer
        let running = Task { try await sequencer.run() }
        defer { running.cancel() }
        return try await body(sequencer)
    }

    private func failure(_ body: () async throws -> Void) async -> ServerFailure? {
        await thrown(ServerFailure.self, by: body)
    }

    private func enrol(_ name: String, until: Milliseconds? = nil) -> Bytes {
        var scenario = world.scenario
        let enrol = Enrol(
            heading: scenario.heading(until: until), charter: scenario.charter.hash,
            pseudonyms: [Scenario.publicKey(name)])
        return Scenario.note(enrol, by: ["desk"])
    }

    /// How many entries the ledger has signed.
    private var signed: Int {
        get throws {
            guard let head = try world.disk.read("ledger/head", atMost: 1 << 20) else { return 0 }
            return Int(clamping: try Checkpoint(parsing: try SignedNote(parsing: head).text).size)
        }
    }

    @Test(
        "One that is apart from its cosigners begins no log, and one that is right does",
        arguments: [8_640_000_000, 121_000, -121_000, 0] as [Int64])
    func fresh(apart: Int64) async throws {
        clock.set(Milliseconds(clamping: Int64(clamping: Scenario.noon.rawValue) + apart))
        let sequencer = try await world.service(now: clock.read).sequencer
        try await sequencer.turn()
        #expect(try signed == (apart == 0 ? 1 : 0))
        let running = Task { try await sequencer.run() }
        defer { running.cancel() }
        let refused = await failure { _ = try await sequencer.append(enrol("ann")) }
        #expect(refused?.error == (apart == 0 ? nil : CofferError(.tryLater, "", rule: "clock")))
    }

    @Test("Without a quorum no log begins", arguments: [4, 5])
    func freshAlone(missing: Int) async throws {
        world.cut(missing)
        let sequencer = try await world.service(now: clock.read).sequencer
        try await sequencer.turn()
        #expect(try signed == 0)
    }

    @Test("A clock that jumps signs nothing until it is set right; what was sent again is stamped then")
    func jumps() async throws {
        try await run { sequencer in
            _ = try await sequencer.append(enrol("ann"))
            for jump in [Scenario.noon + 121_000, Scenario.noon + 8_640_000_000, Milliseconds.max] {
                clock.set(jump)
                let failed = await failure { _ = try await sequencer.append(enrol("bob")) }
                #expect(failed?.status == .serviceUnavailable)
                #expect(failed?.error == CofferError(.tryLater, "", rule: "clock"))
                #expect(try signed == 2)
            }
            clock.set(Scenario.noon + 1_000)
            let answer = try await sequencer.append(enrol("bob"))
            #expect(answer.index == 2)
            #expect(answer.time == Scenario.noon + 1_000)
        }
    }

    @Test("A restarted ledger signs nothing before a quorum has told it the time")
    func restart() async throws {
        try await run { sequencer in _ = try await sequencer.append(enrol("ann")) }
        world.cut(5)
        try await run { sequencer in
            let failed = await failure { _ = try await sequencer.append(enrol("bob")) }
            #expect(failed?.status == .serviceUnavailable)
            let count = try signed
            #expect(count == 2)
        }
    }

    @Test("Nobody is told by a wrong clock that a statement came too late")
    func tooLate() async throws {
        try await run { sequencer in
            _ = try await sequencer.append(enrol("ann"))
            clock.advance(by: 8_640_000_000)
            let failed = await failure { _ = try await sequencer.append(enrol("bob")) }
            #expect(failed?.error == CofferError(.tryLater, "", rule: "clock"))
            // When the cosigners agree, it did come too late.
            world.clock.set(clock.now)
            _ = await failure { _ = try await sequencer.append(enrol("carol", until: clock.now + 60_000)) }
            let late = await failure { _ = try await sequencer.append(enrol("bob")) }
            #expect(late?.error == CofferError(.refused, "", rule: "until.past"))
        }
    }
}
