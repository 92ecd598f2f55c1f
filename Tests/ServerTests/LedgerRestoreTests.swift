import CofferTestKit
import Files
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

@testable import LedgerServer

/// A ledger's disk is lost; what its brokers and mirrors have followed is all there is.
@Suite("Restoring a lost ledger", .timeLimit(.minutes(15)))
struct LedgerRestoreTests {
    private let world: LedgerWorld
    /// Where the log is restored, in `restored`.
    private let disk = SimulatedDisk()

    init() throws { world = try LedgerWorld() }

    private var charter: CharterFile { get throws { try CharterFile(parsing: world.scenario.charterNote) } }
    private var tiles: TileDirectory { TileDirectory(path: "ledger", files: world.disk) }
    private var restored: TileDirectory { TileDirectory(path: "restored", files: disk) }

    /// Notes that no other of this number is, unless it is of this place.
    private static func halts(_ numbers: Range<Int>, _ place: String = "") -> [Bytes] {
        numbers.map { number in
            let id = ID128(Hash256(of: "\(place)\(number)".utf8).bytes)
            return Scenario.note(Halt(heading: Heading(origin: Scenario.origin, id: id, until: nil)), by: ["security"])
        }
    }

    /// A ledger that takes these notes, in one batch or a few; how many of them it answered.
    private func log(
        _ notes: [Bytes], in world: LedgerWorld, disk: SimulatedDisk? = nil, directory: String = "ledger"
    ) async throws -> Int {
        let service = try await world.service(in: directory, on: disk)
        let running = Task { try await service.sequencer.run() }
        let answered = await take(notes, by: service)
        running.cancel()
        _ = await running.result
        return answered
    }

    /// How many of these notes a ledger that runs answers.
    private func take(_ notes: [Bytes], by service: LedgerService) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for note in notes {
                group.addTask { (try? await service.sequencer.append(note)) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
    }

    /// What a mirror has followed of a log.
    private func mirror(_ tiles: TileDirectory) async throws -> TileDirectory {
        let mirror = TileDirectory(path: "mirror", files: SimulatedDisk())
        _ = try await Follower(
            pin: try charter.pin, store: LedgerDirectory(mirror), sources: [DirectorySource(tiles)],
            evidence: EvidenceDirectory(path: "evidence", files: SimulatedDisk())
        ).follow()
        return mirror
    }

    private func restore(
        _ mirrors: [TileDirectory], in directory: String = "restored", on other: SimulatedDisk? = nil,
        over transport: (any HTTPTransport)? = nil
    ) async throws -> LedgerRestore.Restored {
        let sources = mirrors.enumerated().map {
            RestoreSource(name: "mirror \($0.offset)", source: DirectorySource($0.element))
        }
        return try await LedgerRestore(
            directory: directory, charter: try charter, sources: sources, transport: transport ?? world.network,
            files: other ?? disk
        ).run()
    }

    /// Why the ledger does not open the restored folder; nil when it does.
    private func refusal(_ disk: SimulatedDisk? = nil) -> LogError? {
        do throws(LogError) {
            _ = try LogWriter(
                origin: Scenario.origin, key: Scenario.key("ledger"), directory: "restored", files: disk ?? self.disk)
            return nil
        } catch {
            return error
        }
    }

    @Test("Brokers give the log back, the ledger goes on, and its followers go on", arguments: [1, 300])
    func goesOn(count: Int) async throws {
        #expect(try await log(Self.halts(0..<count), in: world) == count)
        let person = MemoryLedger()
        func follow(_ tiles: TileDirectory) async throws -> Followed {
            try await Follower(
                pin: try charter.pin, store: person, sources: [DirectorySource(tiles)],
                evidence: EvidenceDirectory(path: "evidence", files: disk)
            ).follow()
        }
        let before = try await follow(tiles)
        let mirror = try await mirror(tiles)
        // Two brokers have followed, one of them is down now, and with it a cosigner.
        for name in ["acme-1", "acme-2"] { world.network.serve(mirror, at: "http://\(name).example") }
        world.network.cut(["http://acme-2.example/"])
        let restored = try await restore([])
        #expect(restored.checkpoint.size == UInt64(count) + 1 && restored.checkpoint.root == before.checkpoint.root)
        #expect(restored.from == "http://acme-1.example" && restored.silent == ["acme-2"])
        #expect(restored.failures.map(\.name) == ["acme-2", "acme-3", "council-1"].map { "http://\($0).example" })
        for tile in TilePath.all(size: restored.checkpoint.size) {
            #expect(try self.restored.read(tile) == tiles.read(tile), "\(tile.path)")
        }

        // The same statements are known, another is new.
        world.network.cut([])
        #expect(try await log(Self.halts(0..<count + 1), in: world, disk: disk, directory: "restored") == count + 1)
        let after = try await follow(self.restored)
        #expect(after.checkpoint.size == restored.checkpoint.size + 1)
        #expect(after.checkpoint.cosignatures.count > world.witnesses.count / 2)
        #expect(try disk.list("restored/staging") == ["\(after.checkpoint.size)"])
    }

    @Test("A ledger whose entries are damaged does not start; it is restored in another folder")
    func damaged() async throws {
        #expect(try await log(Self.halts(0..<300), in: world) == 300)
        let mirror = try await mirror(tiles)
        let bundle = "ledger/" + TilePath(level: nil, index: 0).path
        try Durable(world.disk).write([0, 200, 1], to: bundle)
        await #expect(throws: CofferError(.tampering, "")) { try await world.service() }
        try world.disk.remove(bundle)
        await #expect(throws: CofferError(.tampering, "")) { try await world.service() }
        #expect(try await restore([mirror]).checkpoint.size == 301)
        #expect(try await world.service(in: "restored", on: disk).tiles.checkpoint() == tiles.checkpoint())
    }

    @Test("A ledger that still takes statements is not restored, and nothing is touched")
    func running() async throws {
        #expect(try await log(Self.halts(0..<3), in: world) == 3)
        let mirror = try await mirror(tiles)
        world.network.route("http://ledger.example/append") { _ in .text(400, "") }
        await #expect(throws: CofferError(.configuration, "", rule: "restore.running")) { try await restore([mirror]) }
        #expect(try disk.list("restored").isEmpty)
        world.network.cut(["http://ledger.example/"])
        #expect(try await restore([mirror]).checkpoint.size == 4)
    }

    @Test("A folder that holds a log or a part of one is not changed")
    func notEmpty() async throws {
        #expect(try await log(Self.halts(0..<3), in: world) == 3)
        let mirror = try await mirror(tiles)
        let checkpoint = try world.disk.read("ledger/head")
        let files = world.disk.operations
        await #expect(throws: CofferError(.configuration, "")) {
            try await restore([mirror], in: "ledger", on: world.disk)
        }
        #expect(try world.disk.read("ledger/head") == checkpoint && world.disk.read("ledger/restoring") == nil)
        #expect(world.disk.operations - files <= 2)
        for part in ["head", "checkpoint", "tile/0/000.p/1", "staging/1", "charters/0/checkpoint"] {
            let other = SimulatedDisk()
            let path = "restored/\(part)"
            let durable = Durable(other)
            try durable.makeDirectories(Durable.split(path).directory)
            try durable.write([1], to: path)
            await #expect(throws: CofferError(.configuration, ""), "\(part)") { try await restore([mirror], on: other) }
            #expect(try other.read(path) == [1])
        }
    }

    @Test("Entries that do not give the checkpoint's root are not restored, and do not hinder those that do")
    func badRoot() async throws {
        #expect(try await log(Self.halts(0..<300), in: world) == 300)
        let good = try await mirror(tiles)
        let bad = TileDirectory(path: "bad", files: SimulatedDisk())
        var entries = try good.entries(bundle: 0, width: 256) + good.entries(bundle: 1, width: 45)
        entries[290] = Entry(stamp: world.clock.now, note: Self.halts(900..<901)[0]).encoded[...]
        var edge = TileEdge()
        try bad.write(edge.append(entries))
        try bad.publish(checkpoint: try #require(try good.checkpoint()))

        await #expect(throws: CofferError(.tampering, "", rule: "entries.root")) { try await restore([bad]) }
        #expect(refusal() == .restoring)
        await #expect(throws: CofferError(.configuration, "")) {
            try await log([], in: world, disk: disk, directory: "restored")
        }
        // The larger one fails first.
        #expect(try await log(Self.halts(300..<301), in: world) == 1)
        let newer = try await mirror(tiles)
        try bad.publish(checkpoint: try #require(try newer.checkpoint()))
        let restored = try await restore([bad, newer])
        #expect(restored.from == "mirror 1" && restored.failures.map(\.name) == ["mirror 0"])
        #expect(refusal() == nil)
    }

    @Test("Two histories that a quorum cosigned: nothing is restored, and the evidence stays", arguments: [3, 5])
    func forked(others: Int) async throws {
        #expect(try await log(Self.halts(0..<3), in: world) == 3)
        let other = try LedgerWorld()
        #expect(try await log(Self.halts(0..<others, "other"), in: other) == others)
        let mirrors = [
            try await mirror(tiles), try await mirror(TileDirectory(path: "ledger", files: other.disk)),
        ]
        await #expect(throws: CofferError(.tampering, "", rule: "fork")) { try await restore(mirrors) }
        #expect(try disk.list("restored/evidence").contains { $0.hasPrefix("fork-") })
        #expect(refusal() == .restoring)
    }

    @Test("A cosigner that remembers another tree is a fork, too")
    func forkedWitness() async throws {
        #expect(try await log(Self.halts(0..<3), in: world) == 3)
        let other = try LedgerWorld()
        #expect(try await log(Self.halts(0..<2, "other"), in: other) == 2)
        let witnesses = world.witnesses.merging(
            other.witnesses.filter { $0.key == "http://north.example" }
        ) { $1 }
        let mirror = try await mirror(tiles)
        await #expect(throws: CofferError(.tampering, "", rule: "fork")) {
            try await restore([mirror], over: ScriptedTransport(witnesses: witnesses))
        }
        #expect(refusal() == .restoring)
    }

    @Test("Three of five cosigners must show what they remember: the other two are too few for a quorum")
    func silence() async throws {
        #expect(try await log(Self.halts(0..<3), in: world) == 3)
        let mirror = try await mirror(tiles)
        for silent in [5, 4, 3] {
            world.cut(silent)
            await #expect(throws: CofferError(.tryLater, "", rule: "restore.cosigners"), "\(silent)") {
                try await restore([mirror])
            }
            #expect(refusal() == .restoring)
        }
        world.cut(2)
        #expect(try await restore([mirror]).silent.count == 2)
        #expect(refusal() == nil)
        await #expect(throws: CofferError(.configuration, "")) { try await restore([mirror]) }
    }

    @Test("A cosigner that remembers nothing counts as silent")
    func forgetful() async throws {
        #expect(try await log(Self.halts(0..<3), in: world) == 3)
        let fresh = try LedgerWorld().witnesses
        func forgetting(_ count: Int) -> ScriptedTransport {
            let names = world.witnesses.keys.sorted().prefix(count)
            return ScriptedTransport(
                witnesses: world.witnesses.merging(fresh.filter { names.contains($0.key) }) { $1 })
        }
        let mirror = try await mirror(tiles)
        await #expect(throws: CofferError(.tryLater, "", rule: "restore.cosigners")) {
            try await restore([mirror], over: forgetting(3))
        }
        #expect(try await restore([mirror], over: forgetting(2)).silent.count == 2)
    }

    @Test("A checkpoint that any cosigner has signed beyond the sources' is not signed over", arguments: [0, 4])
    func ahead(cut: Int) async throws {
        let service = try await world.service()
        let running = Task { try await service.sequencer.run() }
        #expect(await take(Self.halts(0..<3), by: service) == 3)
        let mirror = try await mirror(tiles)
        world.cut(cut)
        #expect(await take(Self.halts(3..<4), by: service) == (cut == 0 ? 1 : 0))
        running.cancel()
        _ = await running.result
        world.cut(0)
        await #expect(throws: CofferError(.notFound, "", rule: "restore.entries")) { try await restore([mirror]) }
        #expect(refusal() == .restoring)
        // A source with those entries under a checkpoint that a quorum cosigned makes good.
        guard cut == 0 else { return }
        #expect(try await restore([mirror, try await self.mirror(tiles)]).checkpoint.size == 5)
        #expect(refusal() == nil)
    }

    @Test("Sources without a log that a quorum cosigned restore nothing")
    func nothing() async throws {
        let empty = TileDirectory(path: "empty", files: SimulatedDisk())
        await #expect(throws: CofferError(.notFound, "")) { try await restore([empty]) }
        await #expect(throws: CofferError(.notFound, "")) { try await restore([]) }
        world.cut(5)
        await #expect(throws: CofferError(.tryLater, "")) { try await restore([]) }
        world.cut(0)
        var scenario = world.scenario
        scenario.submit(scenario.halt(), by: ["security"])
        var edge = TileEdge()
        try empty.write(edge.append(scenario.entries.map(\.encoded)))
        for cosigners in [[], ["north"], ["north", "cosigner acme-1"]] {
            try empty.publish(checkpoint: try scenario.checkpoint(at: scenario.now, cosigners: cosigners).encoded)
            await #expect(throws: CofferError(.tryLater, "", rule: "head.quorum")) { try await restore([empty]) }
        }
        #expect(refusal() == .restoring)
    }

    @Test("Stopped at any operation of the disk, the folder does not open half restored, and a second run restores it")
    func crashes() async throws {
        #expect(try await log(Self.halts(0..<3), in: world) == 3)
        let mirror = try await mirror(tiles)
        let whole = SimulatedDisk()
        whole.start()
        _ = try await restore([mirror], on: whole)
        let operations = whole.operations
        try #require(operations > 20)
        for operation in 0..<operations {
            let disk = SimulatedDisk()
            disk.start(.kill(before: operation))
            await #expect(throws: CofferError(.configuration, "")) { try await restore([mirror], on: disk) }
            disk.cutPower(seed: UInt64(operation))
            disk.start()
            switch refusal(SimulatedDisk(copying: disk)) {
            case .restoring: break
            case nil:
                // Either nothing of a log is there, or all of it.
                let names = try disk.list("restored")
                if names.contains("head") {
                    await #expect(throws: CofferError(.configuration, "")) { try await restore([mirror], on: disk) }
                    continue
                }
                #expect(!names.contains { ["checkpoint", "tile", "charters"].contains($0) }, "\(operation)")
            case let other?: Issue.record("stopped before \(operation): \(other)")
            }
            #expect(try await restore([mirror], on: disk).checkpoint.size == 4)
            #expect(refusal(disk) == nil)
        }
    }

    @Test("An amendment that waits, and one that is in force, are restored with the checkpoints that hand the log over")
    func amended() async throws {
        var scenario = world.scenario
        var terms = scenario.terms
        terms.ledgerKey = Scenario.publicKey("ledger-2")
        terms.witnesses += [Scenario.witness("east"), Scenario.witness("up")]
        let verdict = scenario.submit(
            scenario.amend(terms), by: Scenario.names(signing: scenario.terms) + ["ledger-2"])
        try #require(verdict.isAccepted)
        let announced = try scenario.checkpoint(at: scenario.now)
        func files(_ checkpoint: SignedNote) throws -> TileDirectory {
            let tiles = TileDirectory(path: "amended", files: SimulatedDisk())
            var edge = TileEdge()
            try tiles.write(edge.append(scenario.entries.map(\.encoded)))
            try tiles.publish(checkpoint: checkpoint.encoded)
            return tiles
        }
        // The old cosigners show that checkpoint; the new ones have cosigned nothing yet, and need not have.
        func network(_ checkpoint: SignedNote, without silent: Set<String>) -> ScriptedTransport {
            let network = ScriptedTransport()
            for name in ["acme-1", "acme-2", "acme-3", "council-1", "north"] {
                network.route("http://\(name).example/") { $0.body == nil ? .ok(checkpoint.encoded) : nil }
            }
            for name in ["east", "up"] {
                network.route("http://\(name).example/") { $0.body == nil ? .file(nil) : nil }
            }
            network.cut(silent.map { "http://\($0).example/" })
            return network
        }
        let waiting = try files(announced)
        // Three of the five old ones, and four of the seven new ones, must be heard.
        for silent: Set in [["acme-1", "acme-2", "acme-3"], ["acme-1", "acme-2", "east", "up"]] {
            await #expect(throws: CofferError(.tryLater, "", rule: "restore.cosigners")) {
                try await restore([waiting], over: network(announced, without: silent))
            }
        }
        let restored = try await restore([waiting], over: network(announced, without: ["acme-1", "acme-2", "up"]))
        #expect(restored.silent == ["acme-1", "acme-2", "up"])
        #expect(try self.restored.handover(charter: 0) == announced.encoded)
        #expect(refusal() == nil)

        // In force: the new key signs, and the checkpoint that hands over is the restored one.
        scenario.now += 3_600_000
        scenario.submit(scenario.halt(), by: ["security"])
        var frontier = MerkleFrontier()
        for entry in scenario.entries { frontier.append(leafHash: Merkle.leafHash(entry.encoded)) }
        let text = Checkpoint(
            origin: Scenario.origin, size: SaturatingUInt64(rawValue: frontier.size), root: frontier.root
        ).text
        let key = try #require(terms.ledgerNoteKey(origin: Scenario.origin))
        var checkpoint = try SignedNote(text: text, signatures: [key.sign(text, with: Scenario.key("ledger-2"))])
        for name in scenario.cosignerNames {
            checkpoint.add(
                Cosignature.make(
                    text, by: NoteKey(cosigner: Scenario.publicKey(name)), with: Scenario.key(name),
                    time: Seconds(scenario.now)))
        }
        let inForce = try files(checkpoint)
        await #expect(throws: CofferError(.tampering, "", rule: "head.handover")) {
            try await restore([inForce], in: "later", over: network(checkpoint, without: []))
        }
        try inForce.keep(handover: announced.encoded, charter: 0)
        let later = try await restore([inForce], in: "later", over: network(checkpoint, without: []))
        #expect(later.checkpoint.size == 3 && later.silent == ["east", "up"])
        let writer = try LogWriter(
            origin: Scenario.origin, key: Scenario.key("ledger-2"), former: [Scenario.publicKey("ledger")],
            directory: "later", files: disk)
        #expect(writer.size == 3 && writer.committed?.signatures.count == 1)
        #expect(try writer.tiles.handover(charter: 0) == announced.encoded)
    }
}
