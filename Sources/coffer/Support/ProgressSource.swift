import Foundation
import Ledger
import Replica
import Sealing
import Synchronization

/// A log's source that shows on the terminal how much of the log has been read. Nothing is shown in the first second,
/// or when stderr is no terminal.
final class ProgressSource: EntrySource {
    private let source: any EntrySource
    private let progress: Mutex<ProgressBar>

    init(_ source: any EntrySource, bar: ProgressBar = ProgressBar()) {
        self.source = source
        self.progress = Mutex(bar)
    }

    var server: String? { source.server }

    func checkpoint() async throws(CofferError) -> Bytes {
        let bytes = try await source.checkpoint()
        if let note = try? SignedNote(checkpoint: bytes), let checkpoint = try? Checkpoint(parsing: note.text) {
            progress.withLock { $0.begin(checkpoint.size.rawValue) }
        }
        return bytes
    }

    func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
        let entries = try await source.entries(bundle: bundle, width: width)
        let reached = bundle.multipliedReportingOverflow(by: 256)
        if !reached.overflow { progress.withLock { $0.reach(reached.partialValue, of: "entries") } }
        return entries
    }

    func handover(charter: Int) async throws(CofferError) -> Bytes { try await source.handover(charter: charter) }

    func hashes(_ tile: TilePath) async throws(CofferError) -> [Hash256] { try await source.hashes(tile) }
}
