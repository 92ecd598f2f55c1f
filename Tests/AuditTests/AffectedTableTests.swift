import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import Audit

/// The kept table answers as the state does, and nothing but itself.
@Suite("Table of who is affected")
struct AffectedTableTests {
    private func replayed(_ count: Int, _ seed: UInt64) async throws -> (LedgerState, VerifiedCheckpoint) {
        var state = LedgerState(origin: LargeLog.origin, charterHash: LargeLog.charter.hash)
        var frontier = MerkleFrontier()
        let log = LargeLog(count: count, seed: seed)
        try await log.entries { entries in
            for bytes in entries {
                state.apply(try Entry(parsing: bytes))
                frontier.append(leafHash: Merkle.leafHash(bytes))
            }
        }
        let policy = try #require(state.charter?.terms.checkpointPolicy(origin: LargeLog.origin))
        let note = try LargeLog.checkpoint(size: frontier.size, root: frontier.root, seconds: Seconds(log.end) + 1)
        return (state, try policy.verify(note))
    }

    private func same(_ a: Affected, _ b: Affected) -> Bool { a.people == b.people && a.releases == b.releases }

    @Test("The table answers as the state does")
    func itAnswersAsTheState() async throws {
        let generator = SeededGenerator()
        let (state, checkpoint) = try await replayed(600, generator.seed)
        let made = try #require(AffectedTable(state, checkpoint))
        let table = try AffectedTable(parsing: made.encoded)
        #expect(table.encoded == made.encoded, "\(generator)")
        #expect(same(table.affected(), Affected(state)) && !table.affected().people.isEmpty, "\(generator)")
        for job in table.jobs {
            for since in [0, LargeLog(count: 600).end - 20 * millisecondsPerDay] {
                var filter = Affected.Filter()
                filter.jobs = [job]
                filter.since = since
                #expect(same(table.affected(filter), Affected(state, filter)), "\(generator)")
            }
        }
        let accesses = Affected(state).people.flatMap(\.accesses)
        for time in accesses.flatMap({ [$0.first, $0.last] }).prefix(12) {
            var (before, after) = (Affected.Filter(), Affected.Filter())
            // One ends where the other begins: no release is in both or in neither.
            before.until = time
            after.since = time
            #expect(same(table.affected(before), Affected(state, before)), "\(generator)")
            #expect(table.affected(before).people.allSatisfy { $0.last < time }, "\(generator)")
            #expect(table.affected(after).people.allSatisfy { $0.first >= time }, "\(generator)")
            let parts = [before, after].map { table.affected($0).releases }
            #expect(parts[0] + parts[1] == table.affected().releases, "\(generator)")
        }
        for purpose in table.purposes {
            var filter = Affected.Filter()
            filter.purposes = [purpose.hash]
            #expect(same(table.affected(filter), Affected(state, filter)), "\(generator)")
        }
    }

    @Test("A damaged table is not read")
    func aDamagedTableIsNone() async throws {
        let (state, checkpoint) = try await replayed(120, 3)
        let bytes = try #require(AffectedTable(state, checkpoint)).encoded
        for place in stride(from: 0, to: bytes.count, by: 97) {
            var bad = bytes
            bad[place] ^= 1
            #expect(throws: FormatError.self) { _ = try AffectedTable(parsing: bad) }
            #expect(throws: FormatError.self) { _ = try AffectedTable(parsing: Array(bytes.prefix(place))) }
            // Whole by its hash, and damaged all the same: refused or harmless, never a trap.
            let body = Array(bad.dropLast(32))
            if let table = try? AffectedTable(parsing: body + Hash256(of: body).bytes) { _ = table.affected() }
        }
    }

    @Test("A table counts only at its own head")
    func itCountsAtItsOwnHeadOnly() async throws {
        let directory = NSTemporaryDirectory() + "coffer-memory-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (state, checkpoint) = try await replayed(60, 5)
        let pin = Pin(origin: LargeLog.origin, charterHash: LargeLog.charter.hash, ledgerURL: "")
        func make(_ pin: Pin) -> AuditMemory {
            AuditMemory(directory: directory, pin: pin, program: "1", now: { 7 })
        }
        let memory = make(pin)
        #expect(memory.table(at: checkpoint.note) == nil)
        memory.keep(try #require(AffectedTable(state, checkpoint)))
        #expect(memory.table(at: checkpoint.note)?.checkpoint == checkpoint)
        #expect(memory.table(at: checkpoint.note)?.made == 7)
        // Cosigned later: the same tree. Another tree, another size, no quorum, another charter: none.
        func note(_ size: UInt64, _ root: Hash256, _ seconds: Seconds) throws -> SignedNote {
            try LargeLog.checkpoint(size: size, root: root, seconds: seconds)
        }
        #expect(memory.table(at: try note(checkpoint.size, checkpoint.root, 1_900_000_000)) != nil)
        #expect(memory.table(at: try note(checkpoint.size, Hash256(of: [1]), 1_900_000_000)) == nil)
        #expect(memory.table(at: try note(checkpoint.size + 1, checkpoint.root, 1_900_000_000)) == nil)
        let unsigned = try SignedNote(
            text: checkpoint.note.text, signatures: Array(checkpoint.note.signatures.prefix(3)))
        #expect(memory.table(at: unsigned) == nil)
        let other = Pin(origin: LargeLog.origin, charterHash: Hash256(of: [1]), ledgerURL: "")
        #expect(make(other).table(at: checkpoint.note) == nil)
    }
}
