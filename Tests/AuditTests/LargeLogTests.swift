import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import Audit

/// The log that measuring stands on is a valid one.
@Suite("Large log")
struct LargeLogTests {
    @Test("A large log replays, and its seed determines it")
    func itReplaysAndIsTheSameForItsSeed() async throws {
        let path = NSTemporaryDirectory() + "coffer-large-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let generator = SeededGenerator(seed: 1)
        let log = LargeLog(count: 1_500, seed: generator.seed)
        let checkpoint = try await log.write(to: path)
        let pin = Pin(origin: LargeLog.origin, charterHash: LargeLog.charter.hash, ledgerURL: "")
        var types: [String: Int] = [:]
        var rules: [String: Int] = [:]
        let directory = TileDirectory(path: path)
        let replayed = try await Auditor(pin: pin, source: DirectorySource(directory)).replay {
            entry throws(CofferError) in
            switch entry.verdict {
            case .refused(let refusal): rules[refusal.rule, default: 0] += 1
            case .accepted:
                let note = try? SignedNote(parsing: entry.entry.note)
                if let statement = note.flatMap({ try? Statement(parsing: $0.text) }) {
                    types[statement.type, default: 0] += 1
                }
            }
        }
        #expect(replayed.checkpoint.size == 1_500 && replayed.checkpoint.note == checkpoint, "\(generator)")
        #expect(try TileCheck(directory).check(replayed) > 5, "\(generator)")
        #expect(types["release", default: 0] > 700, "\(generator) \(types)")
        for type in ["charter", "enrol", "purpose", "consent", "revoke", "erase", "grant", "outcome", "destroyed"] {
            #expect(types[type, default: 0] > 0, "\(generator) \(type)")
        }
        #expect(replayed.refused < 200, "\(generator) \(rules)")
        for rule in ["duplicate", "release.budget", "consent.once", "revoked"] {
            #expect(rules[rule, default: 0] > 0, "\(generator) \(rules)")
        }

        var frontier = MerkleFrontier()
        try await LargeLog(count: 1_500, seed: generator.seed).entries { entries in
            for entry in entries { frontier.append(leafHash: Merkle.leafHash(entry)) }
        }
        #expect(frontier.root == replayed.checkpoint.root, "\(generator)")
    }

    @Test("A steady log goes on with its people, and its jobs with new grants")
    func steady() async throws {
        let log = LargeLog(count: 5_000, growth: .steady)
        var state = LedgerState(origin: LargeLog.origin, charterHash: LargeLog.charter.hash, retention: .needed)
        var refused: [String: Int] = [:]
        var most = 0
        try await log.entries { entries in
            for bytes in entries {
                if case .refused(let refusal) = state.apply(try Entry(parsing: bytes)) {
                    refused[refusal.rule, default: 0] += 1
                }
                most = max(most, state.acceptedReleases.count)
            }
        }
        #expect(state.pseudonyms.count == 500 && state.consents.count > 400)
        #expect(refused.values.reduce(0, +) < 400 && refused["release.grant"] == nil, "\(refused)")
        // Those of the first day's grants are forgotten by the end of the fourth.
        #expect(state.acceptedReleases.count < most && state.grants.count > 30)
    }
}
