import Ledger
import Rules
package import Sealing

/// A store that began with a state: continuing from it, and fetching the earlier entries.
extension Follower {
    /// Replays the entries after the state; nil when this follower needs all entries, or cannot read the state.
    func replayFromBootstrap(from size: UInt64) async throws(CofferError) -> Followed? {
        guard let start else { return nil }
        if let kept = start.snapshots?.load(pin: pin, retention: .sinceBootstrap), kept.size >= size {
            // A state of another log is ignored.
            do throws(CofferError) { return try await replay(from: FollowedLog(pin: pin, snapshot: kept)) } catch {
                guard error == .corruptStore else { throw error }
            }
        }
        guard let bytes = try startable?.beginning(),
            let snapshot = LedgerSnapshot(kept: bytes, pin: pin, retention: .sinceBootstrap), snapshot.size == size
        else { return nil }
        return try await replay(from: FollowedLog(pin: pin, snapshot: snapshot))
    }

    /// Replays the log from its first entry to the stored checkpoint, if the store lacks entries, and stores those.
    func complete(from source: any EntrySource) async throws(CofferError) {
        guard let store = startable, let bootstrapSize = try store.bootstrapSize(), let note = try store.checkpoint()
        else {
            return
        }
        let checkpoint = try ownCheckpoint(note)
        var whole = log
        var missing: [Bytes] = []
        try await whole.fetch(from: source, to: checkpoint.size.rawValue, checkpoint: note) { entry, _ in
            if missing.count < Int(clamping: bootstrapSize) { missing.append(Array(entry.bytes)) }
        }
        guard whole.root == checkpoint.root else { throw .notCovered }
        _ = try await whole.take(note, from: source)
        guard try store.complete(missing) else {
            // Another process was faster.
            _ = try await replay()
            return
        }
        log = whole
        keep()
    }

    /// An entry under the newest checkpoint: from the store or, if the store began after it, from a source with a
    /// proof. Nil when the log has no such entry or no source can be reached.
    package func entry(_ index: UInt64) async throws(CofferError) -> Bytes? {
        if let bytes = try storedEntry(index) { return bytes }
        guard try lacks(index), let note = try store.checkpoint() else { return nil }
        let checkpoint = try ownCheckpoint(note)
        var failures = SourceFailures()
        for source in sources(log.followed?.state) {
            let tree = FetchedTree(source, size: checkpoint.size.rawValue, root: checkpoint.root)
            do throws(CofferError) { return try await tree.entry(index) } catch {
                guard source.leavesOthers(error) else { throw error }
                failures.add(error, of: source)
            }
        }
        if failures.showJunk { throw failures.error }
        return nil
    }
}
