import CofferTestKit
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Synchronization
import Testing

@Suite("Following a ledger")
struct FollowerTests {
    private let source = ServedLog()
    private let home: TemporaryDirectory
    private var directory: String { home.path }

    init() throws { home = try TemporaryDirectory() }

    /// A ledger with some entries, and a follower of it.
    private func start() throws -> (scenario: Scenario, follower: Follower) {
        let scenario = Scenario.withProgramme()
        return (scenario, try follower(scenario))
    }

    private func follower(_ scenario: Scenario, store: (any FollowerStore)? = nil) throws -> Follower {
        Follower(
            pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""),
            store: try store ?? LedgerDatabase(path: directory + "/ledger.db"), sources: [source],
            evidence: EvidenceDirectory(path: directory + "/evidence"))
    }

    private func evidence() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory + "/evidence")) ?? []
    }

    private func error(_ body: () async throws -> Void) async -> CofferError? {
        await thrown(CofferError.self, by: body)
    }

    @Test("The followed ledger is this user's alone, also one that others could read before")
    func isPrivate() throws {
        let path = directory + "/ledger.db"
        _ = try LedgerDatabase(path: path)
        for mode: mode_t in [0o600, 0o644] {
            try #require(chmod(path, mode) == 0)
            _ = try LedgerDatabase(path: path)
            var status = stat()
            try #require(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test("It follows, stores, replays, and goes on from there", arguments: ["database", "folder"])
    func follows(kind: String) async throws {
        var scenario = Scenario.withProgramme()
        let path = directory
        func store() throws -> any FollowerStore {
            kind == "database"
                ? try LedgerDatabase(path: path + "/ledger.db") : LedgerDirectory(TileDirectory(path: path + "/ledger"))
        }
        let first = try follower(scenario, store: store())
        #expect(try await first.replay() == nil)
        #expect(await error { _ = try await first.follow() }?.code == .tryLater)
        for count in [0, 1, 3, 250, 1, 260, 700] {
            scenario.grow(by: count)
            try source.serve(scenario)
            let followed = try await first.follow()
            #expect(followed.state.digest == scenario.state.digest)
            #expect(followed.checkpoint.size == UInt64(scenario.entries.count))
            let again = try follower(scenario, store: store())
            #expect(try await again.replay()?.state.digest == scenario.state.digest)
        }
        let stored = try store().entries(from: 100, count: 300)
        #expect(stored == scenario.entries[100..<400].map(\.encoded))
        #expect(evidence().isEmpty)
    }

    /// Takes its first checkpoint, says so, and hands it over when it may.
    private final class HeldSource: EntrySource {
        private let log: ServedLog
        private let isFirst = Mutex(true)
        private let (released, release) = AsyncStream.makeStream(of: Void.self)
        private let begin: AsyncStream<Void>.Continuation
        let begun: AsyncStream<Void>

        init(_ log: ServedLog) {
            self.log = log
            (begun, begin) = AsyncStream.makeStream(of: Void.self)
        }

        func letGo() { release.finish() }

        func checkpoint() async throws(CofferError) -> Bytes {
            let note = try await log.checkpoint()
            let holds = isFirst.withLock { first in
                defer { first = false }
                return first
            }
            guard holds else { return note }
            begin.finish()
            for await _ in released {}
            return note
        }

        func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
            try await log.entries(bundle: bundle, width: width)
        }
    }

    @Test("Calls during a running one have what was served when they were made, not what it had read before")
    func overlapping() async throws {
        var scenario = Scenario.withProgramme()
        try source.serve(scenario)
        let held = HeldSource(source)
        let follower = Follower(
            pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""),
            store: MemoryLedger(), sources: [held], evidence: EvidenceDirectory(path: directory + "/evidence"))
        async let first = follower.follow()
        for await _ in held.begun {}
        let before = UInt64(scenario.entries.count)
        scenario.grow(by: 5)
        try source.serve(scenario)
        let now = UInt64(scenario.entries.count)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 { group.addTask { (try? await follower.follow())?.checkpoint.size == now } }
            // By now they wait for the running one.
            for _ in 0..<1_000 { await Task.yield() }
            held.letGo()
            for await isNewest in group { #expect(isNewest) }
        }
        #expect(try await first.checkpoint.size == before)
    }

    @Test("A source that refuses is skipped, and its word \"fork\" is not evidence", arguments: [1, 65, 70, 77, 78])
    func refusing(code: Int) async throws {
        let scenario = Scenario.withProgramme()
        try source.serve(scenario)
        let refusing = HTTPSource(
            url: "http://ledger.example", transport: ScriptedTransport { _ in .refusal(code: code, rule: "fork") })
        for sources in [[refusing], [refusing, source]] as [[any EntrySource]] {
            let follower = Follower(
                pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""),
                store: MemoryLedger(), sources: sources, evidence: EvidenceDirectory(path: directory + "/evidence"))
            let thrown = await error { _ = try await follower.follow() }
            #expect(thrown == (sources.count > 1 ? nil : CofferError(.tryLater, "")))
        }
        #expect(evidence().isEmpty)
    }

    @Test("A fresh cosignature of the same checkpoint is kept; an older checkpoint changes nothing")
    func idle() async throws {
        let (scenario, follower) = try start()
        try source.serve(scenario)
        let first = try await follower.follow()
        try source.serve(scenario, at: scenario.now + 60_000)
        let second = try await follower.follow()
        #expect(second.checkpoint.quorumTime == first.checkpoint.quorumTime.map { $0 + 60 })
        try source.serve(scenario, size: 2)
        #expect(try await follower.follow().checkpoint == second.checkpoint)
        #expect(evidence().isEmpty)
    }

    @Test("Without the quorum, the ledger's signature, or the pinned charter, nothing is followed")
    func unsigned() async throws {
        let (scenario, follower) = try start()
        try source.serve(scenario, cosigners: ["north", "cosigner acme-1"])
        #expect(await error { _ = try await follower.follow() }?.code == .tryLater)
        try source.serve(scenario)
        let note = try SignedNote(parsing: #require(source.checkpoint))
        let bare = try SignedNote(text: note.text, signatures: Array(note.signatures.dropFirst()))
        source.serve(checkpoint: bare.encoded)
        #expect(await error { _ = try await follower.follow() } == CofferError(.tampering, "", rule: "head.signature"))
        let other = Scenario.withProgramme { $0.rate = 7 }
        try source.serve(other)
        #expect(await error { _ = try await follower.follow() } == CofferError(.tampering, "", rule: "charter.pin"))
        #expect(await follower.followed == nil)
        source.serve(checkpoint: Array("nonsense\n".utf8))
        #expect(await error { _ = try await follower.follow() }?.code == .tampering)
    }

    @Test(
        "Two histories: of the same size, longer, shorter. Each leaves both checkpoints, and nothing is followed",
        arguments: [0, 5, -2])
    func fork(more: Int) async throws {
        var scenario = Scenario.withProgramme()
        var other = scenario
        scenario.grow(by: 4)
        other.submit(other.halt(), by: ["security"])
        other.grow(by: 3 + more)
        let follower = try follower(scenario)
        try source.serve(scenario)
        let known = try await follower.follow()
        try source.serve(other, at: other.now + 60_000)
        let thrown = try #require(await error { _ = try await follower.follow() })
        #expect(thrown == CofferError(.tampering, "", rule: "fork"))
        let file = try #require(evidence().first)
        #expect(thrown.message.contains(file))
        let text = try String(contentsOfFile: directory + "/evidence/" + file, encoding: .utf8)
        let checkpoints = [known.checkpoint.note.encoded, try other.checkpoint(at: other.now + 60_000).encoded]
        for checkpoint in checkpoints { #expect(text.contains(String(decoding: checkpoint, as: UTF8.self))) }
        #expect(await follower.followed?.checkpoint == known.checkpoint)
        // Again, after a restart: the same error, the same file.
        let again = try self.follower(scenario)
        #expect(await error { _ = try await again.follow() } == thrown)
        #expect(evidence().count == 1)
    }

    /// Cosigners' clocks that ran ahead and were set right leave the same trace.
    @Test("A smaller checkpoint cosigned after a larger one convicts nobody and takes nothing back")
    func cosignedLater() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var scenario = Scenario()
        _ = scenario.programme()
        let follower = try follower(scenario)
        try source.serve(scenario)
        let known = try await follower.follow().checkpoint
        for later in [100_000, 3_600_000] as [Milliseconds] {
            try source.serve(scenario, at: scenario.now + later, size: 3)
            #expect(try await follower.follow().checkpoint == known)
            let old = try scenario.checkpoint(size: 3, at: scenario.now + later)
            #expect(try await follower.compare(old)?.size == 3)
        }
        #expect(evidence().isEmpty)
    }

    @Test("Entries that no checkpoint covers are not followed and are not a fork")
    func damagedEntries() async throws {
        var (scenario, follower) = try start()
        try source.serve(scenario)
        _ = try await follower.follow()
        scenario.grow(by: 3)
        try source.serve(scenario)
        source.change { $0[8][30] ^= 1 }
        #expect(await error { _ = try await follower.follow() } == CofferError(.tampering, "", rule: "entries.root"))
        #expect(evidence().isEmpty)
        try source.serve(scenario)
        _ = try await follower.follow()
    }

    @Test("A store that was changed is not believed")
    func changedStore() async throws {
        let scenario = Scenario.withProgramme()
        try source.serve(scenario)
        let store = LedgerDirectory(TileDirectory(path: directory + "/ledger"))
        _ = try await follower(scenario, store: store).follow()
        let path = directory + "/ledger/tile/entries/000.p/\(scenario.entries.count)"
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[bytes.count - 40] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let again = try follower(scenario, store: LedgerDirectory(TileDirectory(path: directory + "/ledger")))
        #expect(await error { _ = try await again.replay() } == CofferError(.tampering, "", rule: "follower.store"))
    }

    @Test("Two processes that share a database both end at the newest head")
    func shared() async throws {
        var scenario = Scenario.withProgramme()
        try source.serve(scenario)
        let (a, b) = (try follower(scenario), try follower(scenario))
        _ = try await a.follow()
        scenario.grow(by: 300)
        try source.serve(scenario)
        _ = try await b.follow()
        #expect(try await a.follow().state.digest == scenario.state.digest)
        async let first = a.follow()
        async let second = a.follow()
        let both = try await [first, second]
        #expect(both.allSatisfy { $0.checkpoint.size == UInt64(scenario.entries.count) })
    }

    @Test("The database writes durably")
    func durable() throws {
        let database = try LedgerDatabase(path: directory + "/ledger.db")
        #expect(try database.synchronousSetting() == 2)
        #expect(throws: CofferError(.configuration, "")) { try LedgerDatabase(path: directory + "/none/ledger.db") }
    }
}
