import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import Audit

/// Everyone who reads a log that others serve checks its handovers in the same way.
@Suite("Handover, for every reader")
struct HandoverTests {
    private let log: AmendedLog
    private let source = ServedLog()
    private let directory: TemporaryDirectory

    init() throws {
        log = try AmendedLog()
        directory = try TemporaryDirectory()
    }

    /// The served log as files, with what hands it over, if anything.
    private func files(_ handover: Bytes?) throws -> TileDirectory {
        let tiles = TileDirectory(path: directory.path + "/log-\(UInt64.random(in: 0 ... .max))")
        var edge = TileEdge()
        try tiles.write(edge.append(log.scenario.entries.map(\.encoded)))
        try tiles.publish(checkpoint: try log.new().encoded)
        if let handover { try tiles.keep(handover: handover, charter: 0) }
        return tiles
    }

    private func rule(_ read: () async throws(CofferError) -> Void) async -> String? {
        do throws(CofferError) {
            try await read()
            return nil
        } catch {
            return error.code == .tampering ? error.rule : "\(error)"
        }
    }

    /// What every reader says of the log: a follower, an auditor by URL, an auditor of files, and one who goes on from
    /// what this machine verified before the amendment.
    private func rules(_ handover: SignedNote?) async throws -> [String?] {
        source.serve(log, try log.new(), handover: handover)
        let files = try files(handover?.encoded)
        let follower = Follower(
            pin: log.pin, store: MemoryLedger(), sources: [source],
            evidence: EvidenceDirectory(path: directory.path + "/evidence"))
        return [
            await rule { () async throws(CofferError) in _ = try await follower.follow() },
            await rule { () async throws(CofferError) in
                _ = try await Auditor(pin: log.pin, source: source).replay()
            },
            await rule { () async throws(CofferError) in
                _ = try await Auditor(pin: log.pin, source: DirectorySource(files)).replay()
            },
            try await readOn(files) == nil ? "head.handover" : nil,
        ]
    }

    /// This machine verified the log up to just before the amendment.
    private func readOn(_ files: TileDirectory) async throws -> Followed? {
        let memory = AuditMemory(directory: directory.path + "/memory", pin: log.pin, program: "1", now: { 0 })
        let earlier = ServedLog()
        earlier.serve(log, try log.old(log.amendment))
        let size = UInt64(log.amendment)
        let reading = try await LogReading.read(earlier, of: log.pin, retention: .everything, watching: [size])
        memory.keep(try #require(reading.reached[size]))
        return await memory.replay(DirectorySource(files), after: try #require(memory.whole))
    }

    @Test("An amendment without its handover, or with a wrong one, is tampering for each of them")
    func wrong() async throws {
        for (what, handover) in try log.wrongHandovers() {
            #expect(try await rules(handover) == Array(repeating: "head.handover", count: 4), "\(what)")
        }
        let junk = try files(Array("junk".utf8))
        #expect(
            await rule { () async throws(CofferError) in
                _ = try await Auditor(pin: log.pin, source: DirectorySource(junk)).replay()
            } == "head.handover")
    }

    @Test("With its handover the log is good for each of them")
    func right() async throws {
        for size in [log.amendment + 1, log.crossing] {
            #expect(try await rules(log.old(size)) == [nil, nil, nil, nil])
        }
        let replayed = try await Auditor(pin: log.pin, source: source).replay()
        #expect(replayed.state.charter?.terms == log.amended)
        #expect(replayed.checkpoint.size == UInt64(log.scenario.entries.count))
    }
}
