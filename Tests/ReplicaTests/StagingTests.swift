import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

/// A long way is followed a part at a time; what is stored then is what a log's own files are.
@Suite("Staging")
struct StagingTests {
    @Test("A long log is stored as its own files")
    func aLongLogIsStoredAsItsOwnFiles() async throws {
        let directory = NSTemporaryDirectory() + "coffer-staging-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // Beyond two times what is held in memory, and not at the end of a bundle.
        let count = 2_400
        try await LargeLog(count: count).write(to: directory + "/log")
        let log = TileDirectory(path: directory + "/log")
        let pin = Pin(origin: LargeLog.origin, charterHash: LargeLog.charter.hash, ledgerURL: "")
        let stored = TileDirectory(path: directory + "/followed")
        func follower(_ source: TileDirectory) -> Follower {
            Follower(
                pin: pin, store: LedgerDirectory(stored), sources: [DirectorySource(source)],
                evidence: EvidenceDirectory(path: directory + "/evidence"), retention: .needed)
        }
        // A source whose last entries are others: what was staged of it counts for nothing.
        try FileManager.default.copyItem(atPath: directory + "/log", toPath: directory + "/bad")
        let bad = TileDirectory(path: directory + "/bad")
        let last = TilePath(level: nil, index: UInt64(count / 256), width: count % 256)
        var entries = try bad.entries(bundle: last.index, width: last.width)
        entries.swapAt(0, 1)
        _ = FileManager.default.createFile(
            atPath: "\(directory)/bad/\(last.path)", contents: Data(EntryBundle.encode(entries)))
        await #expect(throws: CofferError.self) { try await follower(bad).follow() }
        #expect(try stored.checkpoint() == nil)

        let followed = try await follower(log).follow()
        #expect(followed.checkpoint.size == UInt64(count))
        for path in TilePath.all(size: UInt64(count)) {
            #expect(try stored.read(path) == log.read(path), "\(path.path)")
        }
        // It starts from what it stored, in another process.
        let again = try #require(try await follower(log).replay())
        #expect(again.state.digest == followed.state.digest)
        let replayed = try await follower(stored).follow()
        #expect(replayed.state.digest == followed.state.digest)
    }
}
