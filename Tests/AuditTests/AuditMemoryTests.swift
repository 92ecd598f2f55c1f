import CofferTestKit
import Files
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import Audit

/// What an auditor's machine remembers of a log counts only if it made it itself, and answers as a replay does.
@Suite("An auditor's memory")
struct AuditMemoryTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func memory(
        _ log: SignedLog, in name: String = "audit", program: String = "1", rules: RulesVersion = .newest
    ) -> AuditMemory {
        AuditMemory(
            directory: "\(folder.path)/\(name)", pin: log.pin, program: program, rules: rules,
            now: { Scenario.noon + 5_000 })
    }

    private var evidence: EvidenceDirectory { EvidenceDirectory(path: folder.path + "/evidence") }

    private func known(_ log: SignedLog, _ memory: AuditMemory?) async throws -> KnownLog {
        try await log.auditor.known(by: memory, evidence: evidence)
    }

    /// Accepted and refused entries, bytes that are no statement, and so many that there are three bundles.
    private func scenario(_ more: Int = 600) throws -> Scenario {
        var scenario = Scenario()
        let programme = scenario.programme()
        #expect(try scenario.read(programme, ["ann"], pages: [1, 2]).isAccepted)
        scenario.append([1, 2, 3])
        scenario.grow(by: more)
        return scenario
    }

    private let remembered = KnownLog.Basis.snapshot(size: 608, made: Scenario.noon + 5_000)

    @Test("The second answer rests on the snapshot, and every entry is explained as by a replay")
    func theSecondAnswer() async throws {
        let scenario = try scenario()
        let log = try SignedLog(scenario)
        #expect(log.entries.count == 608)
        let memory = memory(log)
        let first = try await known(log, memory)
        #expect(first.basis == .beginning && first.state.digest == scenario.state.digest)
        let second = try await known(log, memory)
        #expect(second.basis == remembered && second.state.digest == scenario.state.digest && second.larger == nil)
        #expect(second.basis.words == "from your snapshot of size 608, verified 2026-11-24T12:00:05Z")
        let files = try log.files()
        defer { try? FileManager.default.removeItem(atPath: files.path) }
        let reader = EntryReader(second, from: DirectorySource(files))
        for index in [0, 1, 5, 6, 7, 8, 255, 256, 511, 512, 607] as [UInt64] {
            let entry = try await reader.entry(index)
            #expect(entry.entry.encoded == log.entries[Int(index)])
            let verdict = scenario.verdicts[Int(index)]
            #expect(entry.verdict == verdict && entry.verdict.accepted == verdict.accepted, "\(index)")
            let explained = try await reader.explanation(index)
            #expect(explained.sentence == Explanation(entry, in: scenario.state).sentence)
        }
        await #expect(throws: CofferError(.notFound, "")) { try await reader.entry(608) }
    }

    @Test("A log that has grown is read on; its new entries are explained, too")
    func itGoesOn() async throws {
        let scenario = try scenario()
        let log = try SignedLog(scenario)
        let memory = memory(log)
        #expect(try await known(SignedLog(scenario, size: 300), memory).basis == .beginning)
        let grown = try await known(log, memory)
        #expect(grown.basis == .snapshot(size: 300, made: Scenario.noon + 5_000))
        #expect(grown.checkpoint.size == 608 && grown.state.digest == scenario.state.digest)
        for (index, verdict) in scenario.verdicts.enumerated() {
            #expect(grown.verdicts.verdict(of: UInt64(index), scenario.entries[index].note[...]) == verdict)
        }
    }

    @Test("A shorter log is replayed; the memory of the longer one stays")
    func aShorterLog() async throws {
        let scenario = try scenario(20)
        let log = try SignedLog(scenario)
        let memory = memory(log)
        _ = try await known(log, memory)
        let short = try await known(SignedLog(scenario, size: 9), memory)
        #expect(short.basis == .beginning && short.larger == 28 && short.checkpoint.size == 9)
        #expect(try await known(log, memory).basis == .snapshot(size: 28, made: Scenario.noon + 5_000))
    }

    @Test("What is damaged, planted, or made by another version of the program or of the rules does not count")
    func whatDoesNotCount() async throws {
        let scenario = try scenario(20)
        let log = try SignedLog(scenario)
        let path = "\(folder.path)/audit/\(log.pin.charterHash.hex.prefix(16))"
        _ = try await known(log, memory(log))
        #expect(try await known(log, memory(log)).basis != .beginning)
        let names = ["needed/note", "needed/snapshot", "verdicts"]
        func replays(_ what: String, _ memory: AuditMemory) async throws {
            let answer = try await known(log, memory)
            #expect(answer.basis == .beginning && answer.state.digest == scenario.state.digest, "\(what)")
            #expect(answer.verdicts.verdict(of: 7, log.entries[7].dropFirst(8)).rule == "malformed", "\(what)")
        }
        for name in names {
            for place in [0, 1, 2] {
                var bytes = try #require(try DiskFileSystem().read("\(path)/\(name)", atMost: 1 << 30))
                let kept = bytes
                bytes[place * (bytes.count - 1) / 2] ^= 1
                try Durable().write(bytes, to: "\(path)/\(name)")
                try await replays("\(name) \(place)", memory(log))
                try Durable().write(kept, to: "\(path)/\(name)")
            }
        }
        // Another machine's memory: of this very log, signed with its own key.
        _ = try await known(log, memory(log, in: "other"))
        let other = "\(folder.path)/other/\(log.pin.charterHash.hex.prefix(16))"
        for name in names {
            let bytes = try #require(try DiskFileSystem().read("\(other)/\(name)", atMost: 1 << 30))
            try Durable().write(bytes, to: "\(path)/\(name)")
        }
        try await replays("another machine's", memory(log))
        // One file under the other's name.
        _ = try await known(log, memory(log))
        let verdicts = try #require(try DiskFileSystem().read("\(path)/verdicts", atMost: 1 << 30))
        try Durable().write(verdicts, to: "\(path)/affected")
        #expect(memory(log).table(at: log.checkpoint) == nil)
        try await replays("another program's", memory(log, program: "2"))
        try await replays("another rules version's", memory(log, program: "2", rules: .one))
        #expect(try await known(log, memory(log, program: "2", rules: .one)).basis != .beginning)
        try await replays("the newest rules'", memory(log, program: "2"))
    }

    @Test("A key that others may read, or that is damaged, means no memory; it is never made again in silence")
    func badKeys() async throws {
        let log = try SignedLog(try scenario(3))
        let key = folder.path + "/audit/key"
        _ = try await known(log, memory(log))
        var mode = stat()
        #expect(stat(key, &mode) == 0 && mode.st_mode & 0o777 == 0o600 && mode.st_size == 32)
        #expect(chmod(key, 0o644) == 0)
        #expect(try await known(log, memory(log)).basis == .beginning && memory(log).snapshots == nil)
        #expect(chmod(key, 0o600) == 0)
        #expect(try await known(log, memory(log)).basis != .beginning)
        try Durable().write([1, 2, 3], to: key, existing: .replace, mode: 0o600)
        #expect(try await known(log, memory(log)).basis == .beginning)
        #expect(try await known(log, memory(log)).basis == .beginning)
        #expect(try DiskFileSystem().read(key, atMost: 100) == [1, 2, 3])
    }

    @Test("Another history than the one that this machine verified is a fork, and the evidence convicts")
    func anotherHistory() async throws {
        var scenario = Scenario()
        _ = scenario.programme()
        var other = scenario
        scenario.grow(by: 4)
        other.submit(other.halt(), by: ["security"])
        other.grow(by: 9)
        let memory = memory(try SignedLog(scenario))
        _ = try await known(SignedLog(scenario), memory)
        let forked = try SignedLog(other)
        let files = try forked.files()
        defer { try? FileManager.default.removeItem(atPath: files.path) }
        let auditor = Auditor(pin: forked.pin, source: DirectorySource(files))
        await #expect(throws: CofferError(.tampering, "", rule: "fork")) {
            try await auditor.known(by: memory, evidence: evidence)
        }
        let names = try DiskFileSystem().list(folder.path + "/evidence")
        let name = try #require(names.first)
        let bytes = try #require(try DiskFileSystem().read("\(folder.path)/evidence/\(name)", atMost: 1 << 20))
        let verdict = try EvidenceFile(parsing: bytes).judge(CharterFile(parsing: scenario.charterNote))
        #expect(names.count == 1 && verdict.error == CofferError(.tampering, "", rule: "fork"))
        // The memory of what was verified first stays.
        await #expect(throws: CofferError(.tampering, "", rule: "fork")) {
            try await auditor.known(by: memory, evidence: evidence)
        }
    }
}
