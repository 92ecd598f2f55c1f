import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import Audit

/// What followers leave of a fork after an amendment gave the ledger another key, from the log to the verdict.
@Suite("Forks under amendments")
struct AmendedForkTests {
    private static let cosigners = Array(Scenario.usualCosigners.dropLast()) + ["east"]
    private let directory = NSTemporaryDirectory() + "coffer-fork-\(UUID().uuidString)"
    private let ledger: AmendedLedger
    /// How many entries cover the amendment.
    private let covered: Int
    /// Past it, the log's next entry by the new key.
    private let scenario: Scenario

    init() throws {
        ledger = AmendedLedger()
        var scenario = ledger.scenario
        scenario.append(try ledger.note(ledger.first).encoded)
        covered = scenario.entries.count
        scenario.now += 3_600_000
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        guard scenario.state.charter?.terms == ledger.terms[1] else { throw CofferError(.bug, "not in force") }
        self.scenario = scenario
    }

    private func log(_ scenario: Scenario, signer: String = "ledger-2", size: Int? = nil) throws -> SignedLog {
        try SignedLog(
            scenario, cosigners: signer == "ledger" ? Scenario.usualCosigners : Self.cosigners, signer: signer,
            size: size)
    }

    /// A follower that has come past the amendment.
    private func follower(_ source: ServedLog, _ known: Scenario) async throws -> Follower {
        let follower = Follower(
            pin: try log(known).pin, store: LedgerDirectory(TileDirectory(path: directory + "/log")), sources: [source],
            evidence: EvidenceDirectory(path: directory + "/evidence"))
        source.serve(try log(known, signer: "ledger", size: covered))
        _ = try await follower.follow()
        source.serve(try log(known))
        #expect(try await follower.follow().state.charter?.terms == ledger.terms[1])
        return follower
    }

    private func finding() throws -> EvidenceVerdict.Finding {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory + "/evidence")
        #expect(names.count == 1)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/evidence/\(names[0])"))
        let file = try EvidenceFile(parsing: Array(bytes))
        #expect(file.amendments == [try ledger.note(ledger.first)])
        return try file.judge(CharterFile(parsing: scenario.charterNote)).finding
    }

    private func grown(_ halted: Bool, by count: Int) -> Scenario {
        var scenario = scenario
        if halted { scenario.submit(scenario.halt(), by: ["security"]) }
        scenario.grow(by: count)
        return scenario
    }

    @Test("A fork under the new key convicts", arguments: [(3, 2), (2, 7), (7, 2)])
    func aForkUnderTheNewKeyConvicts(known: Int, other: Int) async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (one, two) = (grown(false, by: known), grown(true, by: other))
        let source = ServedLog()
        let follower = try await follower(source, one)
        source.serve(try log(two))
        await #expect(throws: CofferError(.tampering, "", rule: "fork")) { try await follower.follow() }
        guard case .twoHistories(let size, let cosigners) = try finding() else {
            Issue.record("not convicted")
            return
        }
        #expect(size == UInt64(min(one.entries.count, two.entries.count)) && cosigners.count == 5)
    }

    @Test("A fork under the old key that comes to light later convicts")
    func aForkUnderTheOldKeyThatComesToLightLaterConvicts() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let source = ServedLog()
        let follower = try await follower(source, grown(false, by: 3))
        // An honest checkpoint of that time is not a fork.
        let honest = try log(scenario, signer: "ledger", size: covered).checkpoint
        #expect(try await follower.compare(honest)?.size == UInt64(covered))
        var fork = ledger.scenario
        fork.submit(fork.halt(), by: ["security"])
        let other = try log(fork, signer: "ledger").checkpoint
        await #expect(throws: CofferError(.tampering, "", rule: "fork")) { _ = try await follower.compare(other) }
        guard case .twoHistories(let size, let cosigners) = try finding() else {
            Issue.record("not convicted")
            return
        }
        #expect(size == UInt64(fork.entries.count) && cosigners.count == 4)
    }

    @Test("A checkpoint by a replaced key alone convicts that key")
    func aHeadByAReplacedKeyAloneConvictsThatKey() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let follower = try await follower(ServedLog(), grown(false, by: 3))
        let stolen = try AmendedLedger.checkpoint(3, 1, by: "ledger", cosigners: [])
        await #expect(throws: CofferError(.tampering, "", rule: "fork")) { _ = try await follower.compare(stolen) }
        #expect(try finding() == .keyAlone(key: 0, size: 3, cosigners: []))
    }

    /// A witness may have seen more than its asker, and the key that the next entry brings into force.
    @Test("A larger checkpoint by the announced key is not a forgery")
    func aHeadBeyondByTheKeyToComeIsNoForgery() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let source = ServedLog()
        let follower = Follower(
            pin: try log(scenario).pin, store: MemoryLedger(), sources: [source],
            evidence: EvidenceDirectory(path: directory + "/evidence"))
        source.serve(try log(scenario, signer: "ledger", size: covered))
        _ = try await follower.follow()
        #expect(try await follower.compare(log(scenario).checkpoint) == nil)
        await #expect(throws: CofferError(.tampering, "", rule: "head.signature")) {
            _ = try await follower.compare(AmendedLedger.checkpoint(9, 1, by: "ledger-3"))
        }
    }

    @Test("A store without the amendment still leaves the heads")
    func aStoreWithoutTheAmendmentStillLeavesTheHeads() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let source = ServedLog()
        let store = Forgetful(without: UInt64(covered - 1))
        let one = grown(false, by: 2)
        let follower = Follower(
            pin: try log(one).pin, store: store, sources: [source],
            evidence: EvidenceDirectory(path: directory + "/evidence"))
        source.serve(try log(one, signer: "ledger", size: covered))
        _ = try await follower.follow()
        source.serve(try log(one))
        _ = try await follower.follow()
        source.serve(try log(grown(true, by: 1)))
        await #expect(throws: CofferError(.tampering, "", rule: "fork")) { try await follower.follow() }
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: directory + "/evidence").first)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/evidence/\(name)"))
        let file = try EvidenceFile(parsing: Array(bytes))
        #expect(file.checkpoints.count == 2 && file.amendments.isEmpty)
    }
}

/// A store that lost one entry.
private final class Forgetful: FollowerStore {
    private let memory = MemoryLedger()
    private let lost: UInt64

    init(without lost: UInt64) { self.lost = lost }

    func checkpoint() throws(CofferError) -> SignedNote? { try memory.checkpoint() }
    func entries(from index: UInt64, count: Int) throws(CofferError) -> [Bytes] {
        index == lost ? [] : try memory.entries(from: index, count: count)
    }
    func advance(from size: UInt64, appending entries: [Bytes], checkpoint: SignedNote) throws(CofferError) -> Bool {
        try memory.advance(from: size, appending: entries, checkpoint: checkpoint)
    }
}
