import CofferTestKit
import Hummingbird
import HummingbirdTesting
import Ledger
import Logging
import Replica
import Rules
import Sealing
import Serving
import Testing

@testable import LedgerServer

/// A ledger's key, address and witnesses change under a running organisation.
@Suite("An amendment of the ledger's key", .timeLimit(.minutes(15)))
struct LedgerAmendmentTests {
    private let world: LedgerWorld
    private let amended: CharterTerms
    private let east: Witness
    private let network: ScriptedTransport

    init() throws {
        world = try LedgerWorld()
        var terms = world.scenario.terms
        terms.ledgerKey = Scenario.publicKey("ledger-2")
        terms.witnesses.append(Scenario.witness("east"))
        amended = terms
        // A witness that the amendment names: it knows the ledger's first key, and has cosigned nothing.
        let ledger = try #require(world.scenario.terms.ledgerNoteKey(origin: Scenario.origin))
        east = try Witness(
            key: Scenario.key("east"), logs: [Scenario.origin: [ledger]], directory: "east", files: SimulatedDisk(),
            now: world.clock.read)
        network = ScriptedTransport(
            witnesses: world.witnesses.merging(["http://east.example": east]) { $1 })
    }

    private func service(_ key: String, on disk: SimulatedDisk? = nil) async throws -> LedgerService {
        var settings = Sequencer.Settings()
        settings.pooling = .milliseconds(1)
        settings.retryInterval = 0
        return try await LedgerService(
            directory: "ledger", key: Scenario.key(key), charter: CharterFile(parsing: world.scenario.charterNote),
            transport: network, settings: settings, files: disk ?? world.disk,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: world.clock.read)
    }

    private func serve(
        _ service: LedgerService,
        _ body: @escaping @Sendable (@Sendable (Bytes) async throws -> Int) async throws -> Void
    ) async throws {
        let router = Router.answeringFailures()
        service.addRoutes(to: router)
        try await Application(router: router, services: [service.sequencer]).test(.router) { client in
            try await body { note in
                try await client.execute(uri: "/append", method: .post, body: ByteBuffer(bytes: note)).status.code
            }
        }
    }

    private func expect(
        _ status: Int, _ append: @Sendable (Bytes) async throws -> Int, _ note: Bytes,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let answered = try await append(note)
        #expect(answered == status, sourceLocation: location)
    }

    private func follower(_ tiles: TileDirectory) -> Follower {
        Follower(
            pin: Pin(origin: Scenario.origin, charterHash: world.scenario.charter.hash, ledgerURL: ""),
            store: MemoryLedger(), sources: [DirectorySource(tiles)], evidence: EvidenceDirectory(path: "/nowhere"))
    }

    @Test("Nothing is taken by the wrong key, nothing published without witnesses that followed, and then all goes on")
    func handover() async throws {
        var scenario = world.scenario
        func halt() -> Bytes { Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"]) }
        let amend = Scenario.note(
            scenario.amend(amended), by: Scenario.names(signing: scenario.terms) + ["ledger-2"])
        let halts = (0..<4).map { _ in halt() }
        let old = try await service("ledger")
        try await serve(old) { append in
            try await expect(200, append, halts[0])
            try await expect(200, append, amend)
            try await expect(200, append, halts[1])
        }
        let tiles = old.tiles
        let followed = try await follower(tiles).follow()
        #expect(followed.checkpoint.size == 4 && followed.state.announced?.terms == amended)
        #expect(try tiles.handover(charter: 0) == tiles.checkpoint())

        // Too early for the new key, then too late for the old one.
        try await serve(try await service("ledger-2")) { append in try await expect(503, append, halts[2]) }
        world.clock.advance(by: 3_600_000)
        try await serve(try await service("ledger")) { append in try await expect(503, append, halts[2]) }
        #expect(try await follower(tiles).follow().checkpoint.size == 4)

        // The new key's checkpoint is not cosigned by those who have not followed.
        try await serve(try await service("ledger-2")) { append in
            try await expect(503, append, halts[2])
            let unpublished = try await follower(tiles).follow()
            #expect(unpublished.checkpoint.size == 4)
            for witness in world.witnesses.values { witness.follow(followed, now: world.clock.now) }
            east.follow(followed, now: world.clock.now)
            // It was kept, and is published now.
            try await expect(200, append, halts[2])
            try await expect(200, append, halts[3])
        }
        let after = try await follower(tiles).follow()
        #expect(after.state.charter?.terms == amended && after.checkpoint.size == 6)
        #expect(after.checkpoint.cosignatures.keys.contains(NoteKey(cosigner: Scenario.publicKey("east"))))
        await #expect(throws: CofferError.self) { try await service("ledger") }
        await #expect(throws: CofferError(.configuration, "")) { try await service("nobody") }
    }

    @Test("On a copy from before its first entry, the new ledger asks the new cosigners before it signs another one")
    func copyFromBefore() async throws {
        var scenario = world.scenario
        var terms = scenario.terms
        terms.ledgerKey = Scenario.publicKey("ledger-2")
        terms.groups = [
            Scenario.group("company", threshold: 1, ["acme-9"], operator: "acme", .company),
            Scenario.group("council", threshold: 1, ["council-9"], operator: "council", .employees),
        ]
        terms.witnesses = [Scenario.witness("east")]
        let amend = Scenario.note(
            scenario.amend(terms), by: Scenario.names(signing: scenario.terms) + ["ledger-2", "acme-9", "council-9"])
        let halt = Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"])
        let old = try await service("ledger")
        try await serve(old) { append in try await expect(200, append, amend) }
        let followed = try await follower(old.tiles).follow()
        #expect(followed.state.announced?.terms == terms)
        world.clock.advance(by: 3_600_000)
        // None of the new cosigners is one of the old.
        let ledger = try #require(scenario.terms.ledgerNoteKey(origin: Scenario.origin))
        for cosigner in terms.namedCosigners {
            let name = cosigner.name == "east" ? "east" : "cosigner " + cosigner.name
            let witness = try Witness(
                key: Scenario.key(name), logs: [Scenario.origin: [ledger]], directory: name, files: SimulatedDisk(),
                now: world.clock.read)
            witness.follow(followed, now: world.clock.now)
            network.serve(witness, at: cosigner.url)
        }
        let copy = SimulatedDisk(copying: world.disk)
        try await serve(try await service("ledger-2")) { append in try await expect(200, append, halt) }
        let before = try copy.read("ledger/head")
        let second = try await service("ledger-2", on: copy)
        let other = Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"])
        let appended = Task { try await second.sequencer.append(other) }
        while await second.sequencer.outstanding == 0 { await Task.yield() }
        await #expect(throws: CofferError(.configuration, "", rule: "ledger.behind")) {
            try await second.sequencer.turn()
        }
        await #expect(throws: ServerFailure.self) { try await appended.value }
        #expect(try copy.read("ledger/head") == before)
    }

    @Test("A witness takes the new key shortly before its time, and the old one no more after it")
    func witness() async throws {
        var scenario = world.scenario
        scenario.submit(scenario.amend(amended), by: Scenario.names(signing: scenario.terms) + ["ledger-2"])
        let keys = { (now: Milliseconds, state: LedgerState) in state.ledgerKeys(at: now).map(\.key) }
        let (first, second) = (Scenario.publicKey("ledger"), Scenario.publicKey("ledger-2"))
        let effective = try #require(scenario.state.announced?.effective)
        let tolerance = scenario.terms.tolerance
        #expect(keys(effective - tolerance - 1, scenario.state) == [first])
        #expect(keys(effective - tolerance, scenario.state) == [first, second])
        scenario.now = effective
        scenario.submit(scenario.halt(), by: ["security"])
        #expect(keys(effective, scenario.state) == [second])
    }

    @Test("A new witness cosigns only what extends the log that it followed")
    func seeded() async throws {
        let old = try await service("ledger")
        var scenario = world.scenario
        let halts = (0..<2).map { _ in
            Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"])
        }
        try await serve(old) { append in try await expect(200, append, halts[0]) }
        let followed = try await follower(old.tiles).follow()
        let directory = Witness.directoryName(Scenario.origin)
        east.follow(followed, now: world.clock.now)
        // Another history under the ledger's own key, from the beginning: refused, for the witness has begun elsewhere.
        let fork = try LogWriter(
            origin: Scenario.origin, key: Scenario.key("ledger"), directory: "fork", files: SimulatedDisk())
        _ = try fork.append([[1], [2], [3]])
        let checkpoint = try #require(fork.committed)
        for (size, status) in [(UInt64(0), 409), (2, 422)] {
            let proof = try fork.tree.consistencyProof(from: size)
            let reply = try east.addCheckpoint(
                AddCheckpoint(oldSize: SaturatingUInt64(rawValue: size), proof: proof, note: checkpoint).encoded)
            #expect(reply.status == status)
        }
        #expect(east.checkpoint(under: directory) == nil)
    }
}
