import CofferTestKit
import Foundation
import Ledger
import Rules
import Sealing
import Testing

@testable import Replica

/// The laptop's copy of the log: damage shuts nobody out, and what was followed is not forgotten.
@Suite("A copy of the log that is damaged")
struct LedgerCopyTests {
    private let source = ServedLog()
    private let directory: TemporaryDirectory
    private var path: String { directory.path + "/ledger.db" }

    init() throws { directory = try TemporaryDirectory() }

    private func copy(_ scenario: Scenario) -> LedgerCopy {
        LedgerCopy(
            path: path, newest: NewestCheckpoint(path: directory.path + "/newest"), evidence: evidence,
            charter: scenario.charter.hash)
    }

    private var evidence: EvidenceDirectory { EvidenceDirectory(path: directory.path + "/evidence") }

    private func follower(_ scenario: Scenario) -> Follower {
        Follower(
            pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""),
            store: copy(scenario), sources: [source], evidence: evidence)
    }

    private func error(_ body: () async throws -> Void) async -> CofferError? {
        await thrown(CofferError.self, by: body)
    }

    private func followed(growing count: Int = 40) async throws -> Scenario {
        var scenario = Scenario()
        _ = scenario.programme()
        scenario.grow(by: count)
        try source.serve(scenario)
        _ = try await follower(scenario).follow()
        return scenario
    }

    /// Damages the whole file, or one byte of an entry in it.
    private func damage(_ how: String, _ scenario: Scenario) throws {
        let file = URL(fileURLWithPath: path)
        guard how == "entry" else {
            try Data(repeating: 7, count: 10_000).write(to: file)
            for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
            return
        }
        var bytes = try Data(contentsOf: file)
        let entry = try #require(bytes.range(of: Data(scenario.entries[3].encoded)))
        bytes[entry.lowerBound + 20] ^= 1
        let handle = try FileHandle(forWritingTo: file)
        try handle.write(contentsOf: bytes)
        try handle.close()
    }

    @Test("It is left behind, and the log is followed again", arguments: ["junk", "entry"])
    func rebuilt(how: String) async throws {
        let scenario = try await followed()
        try damage(how, scenario)
        let follower = follower(scenario)
        #expect(try await follower.replay() == nil)
        #expect(try await follower.follow().state.digest == scenario.state.digest)
        #expect(LedgerCopy.damaged(path) == [path])
        #expect(LedgerCopy.current(path) == path + ".2")
        #expect(try await self.follower(scenario).replay()?.state.digest == scenario.state.digest)
    }

    @Test("Damage while a follower runs is found by it, and another process's new file is used")
    func whileRunning() async throws {
        var scenario = try await followed()
        let (a, b) = (follower(scenario), follower(scenario))
        try damage("entry", scenario)
        #expect(try await a.replay() == nil)
        #expect(try await b.replay() == nil)
        scenario.grow(by: 5)
        try source.serve(scenario)
        _ = try await a.follow()
        #expect(try await b.follow().state.digest == scenario.state.digest)
        #expect(LedgerCopy.current(path) == path + ".2")
    }

    @Test("A rebuilt copy refuses a log that is shorter, or another one, than was followed before")
    func rollback() async throws {
        let scenario = try await followed()
        try damage("junk", scenario)
        try source.serve(scenario, size: scenario.entries.count - 10)
        #expect(await error { _ = try await follower(scenario).follow() }?.code == .tryLater)
        // The same shorter log, cosigned a day later: no late copy explains that.
        try source.serve(scenario, at: scenario.now + 86_400_000, size: scenario.entries.count - 10)
        #expect(await error { _ = try await follower(scenario).follow() } == CofferError(.tampering, "", rule: "fork"))
        // Another log of the same charter, longer than what was followed.
        var other = Scenario()
        _ = other.programme()
        other.now += 5_000
        other.grow(by: 90)
        try source.serve(other)
        #expect(await error { _ = try await follower(scenario).follow() } == CofferError(.tampering, "", rule: "fork"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path + "/evidence").count == 2)
        // The true log goes on.
        var next = scenario
        next.grow(by: 3)
        try source.serve(next)
        #expect(try await follower(next).follow().state.digest == next.state.digest)
    }

    @Test("Where no file can be made the log is followed into memory, and still compared")
    func noDisk() async throws {
        let scenario = try await followed()
        let store = LedgerCopy(
            path: directory.path + "/none/ledger.db", newest: NewestCheckpoint(path: directory.path + "/newest"),
            evidence: evidence, charter: scenario.charter.hash)
        #expect(store.hindrance?.code == .configuration)
        let follower = Follower(
            pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""), store: store,
            sources: [source], evidence: evidence)
        try source.serve(scenario, size: 12)
        #expect(await error { _ = try await follower.follow() }?.code == .tryLater)
        try source.serve(scenario)
        #expect(try await follower.follow().state.digest == scenario.state.digest)
    }

    @Test("A damaged note of the newest checkpoint counts as none, and is written again")
    func damagedNewest() async throws {
        let scenario = try await followed()
        let newest = NewestCheckpoint(path: directory.path + "/newest")
        let known = try #require(newest.load())
        #expect(known.checkpoint.size == SaturatingUInt64(rawValue: UInt64(scenario.entries.count)))
        let file = URL(fileURLWithPath: directory.path + "/newest")
        var bytes = try Data(contentsOf: file)
        for offset in stride(from: 0, to: bytes.count, by: 7) {
            bytes[offset] ^= 1
            try bytes.write(to: file)
            #expect(newest.load() == nil)
            bytes[offset] ^= 1
        }
        try bytes.write(to: file)
        #expect(newest.load()?.note == known.note)
    }
}
