/// Module Replica: follows a ledger from its pinned charter, checks everything, and keeps a copy.
///
/// It imports Sealing, Files, Ledger, Rules, Messages and GRDB. It makes no connections itself: a source gets an
/// `HTTPTransport`.
///
/// `Follower` fetches from an `EntrySource` (`HTTPSource`, `DirectorySource`) and stores into a `FollowerStore`
/// (`LedgerDatabase`, `LedgerDirectory`, `MemoryLedger`). `Pin` says which ledger, `Followed` is the result.
/// `LogReplay` applies entries; `TrustedBootstrap` starts from a state that brokers signed.
///
/// Promises: a `Followed` state comes from a checkpoint that the ledger and a quorum signed, over entries whose root
/// was recomputed; two checkpoints that cannot both be true are written to an `EvidenceDirectory` and throw
/// `.tampering`.
package import Ledger
package import Rules
package import Sealing

/// The result of following: a checkpoint that the ledger and a quorum signed, and the state after all its entries.
package struct Followed: Sendable {
    package let state: LedgerState
    package let checkpoint: VerifiedCheckpoint
}

/// Follows a ledger from its pinned charter: replays stored entries, fetches new ones, and checks all of them.
///
/// A checkpoint counts once the ledger and a quorum of the witnesses have signed it and its root has been recomputed
/// over the entries followed. For two checkpoints that cannot both be true it writes evidence and throws `.tampering`
/// with rule `fork`.
///
/// A follower with an empty store may start from a state that brokers signed (`TrustedBootstrap`). A follower that may
/// not, but finds a store that started this way, fetches the missing entries.
package actor Follower {
    package let pin: Pin
    let store: any FollowerStore
    let sources: @Sendable (LedgerState?) -> [any EntrySource]
    let evidence: EvidenceDirectory

    /// Where states are kept, so that a start does not replay everything.
    let snapshots: (any SnapshotStore)?
    /// The size of the kept state.
    var keptSize: UInt64 = 0
    /// Whether and how it starts from a state that brokers signed.
    let start: TrustedBootstrap?
    /// This machine's clock; nil for those who read the log as it is, such as auditors.
    let now: (@Sendable () -> Milliseconds)?

    var log: FollowedLog
    /// A verified checkpoint whose entries are stamped ahead of this machine's clock.
    var heldOff: Followed?
    private var running: Task<Result<Followed, CofferError>, Never>?

    /// Sources are tried in order, the ledger's own first. They may depend on the last followed state. Servers pass
    /// retention `needed`, so that their memory does not grow with the log.
    package init(
        pin: Pin, store: any FollowerStore, evidence: EvidenceDirectory, retention: Retention = .everything,
        snapshots: (any SnapshotStore)? = nil, start: TrustedBootstrap? = nil,
        now: (@Sendable () -> Milliseconds)? = nil, sources: @escaping @Sendable (LedgerState?) -> [any EntrySource]
    ) {
        self.pin = pin
        self.start = start
        self.now = now
        self.store = store
        self.sources = sources
        self.evidence = evidence
        self.snapshots = snapshots
        self.log = FollowedLog(pin: pin, retention: retention)
    }

    /// Follows from a fixed list of sources.
    package init(
        pin: Pin, store: any FollowerStore, sources: [any EntrySource], evidence: EvidenceDirectory,
        retention: Retention = .everything, snapshots: (any SnapshotStore)? = nil, start: TrustedBootstrap? = nil,
        now: (@Sendable () -> Milliseconds)? = nil
    ) {
        self.init(
            pin: pin, store: store, evidence: evidence, retention: retention, snapshots: snapshots, start: start,
            now: now
        ) { _ in sources }
    }

    /// The last result of following, without any request; nil before the first checkpoint.
    package var followed: Followed? { log.followed }

    /// Replays the store, which another process may have advanced. Nil when nothing was followed yet, or when the store
    /// began with a state that this follower may not use.
    package func replay() async throws(CofferError) -> Followed? {
        do throws(CofferError) { return try await replayStore() } catch {
            // A copy of the log that is damaged is followed again from the beginning.
            guard error == .corruptStore, let copy = store as? LedgerCopy else { throw error }
            try copy.rebuild()
            log = FollowedLog(pin: pin, retention: log.state.retention)
            keptSize = 0
            return nil
        }
    }

    private func replayStore() async throws(CofferError) -> Followed? {
        if log.size == 0, let size = try startable?.bootstrapSize() { return try await replayFromBootstrap(from: size) }
        return try await replay(from: kept() ?? log)
    }

    func replay(from start: FollowedLog) async throws(CofferError) -> Followed? {
        guard let note = try store.checkpoint(), note != log.checkpoint?.note else { return log.followed }
        let size = try Self.checkpoint(note).size.rawValue
        var next = start.size <= size ? start : log
        let reader = BundleReader { [store, known = next.size] bundle, width throws(CofferError) in
            // Entries before the replayed ones in their bundle need not be stored.
            let skipped = Int(clamping: known > bundle * 256 ? known - bundle * 256 : 0)
            let entries = try store.entries(from: bundle * 256 + UInt64(skipped), count: width - skipped)
            guard entries.count == width - skipped else { throw .corruptStore }
            return Array(repeating: [], count: skipped) + entries.map { $0[...] }
        }
        try await reader.read(from: next.size, to: size) { entries throws(CofferError) in
            for entry in entries { try next.append(entry) }
        }
        guard next.size == size, let checkpoint = try? next.verified(note) else {
            guard log.size == 0, start.size > 0 else { throw .corruptStore }
            // The kept snapshot is of another log, so ignore it.
            return try await replay(from: log)
        }
        next.follow(checkpoint)
        // A newer checkpoint may have been followed in the meantime.
        if log.size > next.size || log.size == next.size && log.checkpoint?.quorumTime ?? 0 > checkpoint.quorumTime ?? 0
        {
            return log.followed
        }
        log = next
        keptSize = max(keptSize, start.size)
        keep()
        return log.followed
    }

    /// Asks the sources for a newer checkpoint and follows it. Calls during a running one share the next run: the running
    /// one may have read a checkpoint from before the call.
    package func follow() async throws(CofferError) -> Followed {
        if let current = running {
            _ = await current.value
            // It stays here until its own caller has gone on.
            if let next = running, next != current { return try await next.value.get() }
        }
        let task = Task { () async -> Result<Followed, CofferError> in
            do throws(CofferError) { return .success(try await self.followSources()) } catch { return .failure(error) }
        }
        running = task
        let result = await task.value
        if running == task { running = nil }
        return try result.get()
    }

    private func followSources() async throws(CofferError) -> Followed {
        _ = try await replay()
        var failures = SourceFailures()
        for source in sources(log.followed?.state) {
            do throws(CofferError) {
                if log.size == 0 {
                    try await complete(from: source)
                    if let followed = try await bootstrap(from: source) { return followed }
                }
                let followed = try await follow(source)
                try requireTimely()
                return followed
            } catch {
                guard source.leavesOthers(error) else { throw error }
                failures.add(error, of: source)
            }
        }
        try requireTimely()
        throw failures.error
    }

    static func checkpoint(_ note: SignedNote) throws(CofferError) -> Checkpoint {
        do { return try Checkpoint(parsing: note.text) } catch { throw .notACheckpoint }
    }

    /// Follows this source to a checkpoint that it serves. No other call follows at the same time.
    package func follow(from source: any EntrySource, at note: SignedNote) async throws(CofferError) -> Followed {
        _ = try await replay()
        return try await follow(source, note)
    }

    /// Follows this source to the checkpoint that it serves now.
    package func follow(from source: any EntrySource) async throws(CofferError) -> Followed {
        try await follow(from: source, at: try await checkpoint(of: source))
    }

    private func follow(_ source: any EntrySource) async throws(CofferError) -> Followed {
        try await follow(source, try await checkpoint(of: source))
    }

    /// The checkpoint that a source serves, not yet checked.
    func checkpoint(of source: any EntrySource) async throws(CofferError) -> SignedNote {
        let bytes = try await source.checkpoint()
        do { return try SignedNote(checkpoint: bytes) } catch { throw .notACheckpoint }
    }

    /// A checkpoint's checkpoint. Throws unless it has the pinned origin.
    func ownCheckpoint(_ note: SignedNote) throws(CofferError) -> Checkpoint {
        let checkpoint = try Self.checkpoint(note)
        guard checkpoint.origin.hasSameBytes(as: pin.origin) else {
            throw .otherOrigin
        }
        return checkpoint
    }

    private func follow(_ source: any EntrySource, _ note: SignedNote) async throws(CofferError) -> Followed {
        let checkpoint = try ownCheckpoint(note)
        if checkpoint.size == 0 { throw .noEntries }
        if let followed = log.followed, note == followed.checkpoint.note { return followed }
        guard checkpoint.size.rawValue > log.size else { return try await earlier(checkpoint, note, source: source) }
        if isHeldOff(note) { try requireTimely() }

        let known = log
        var next = log
        let added = try await fetch(from: source, to: checkpoint.size.rawValue, checkpoint: note, into: &next)
        guard next.root == checkpoint.root else { throw try await unlike(known, note, checkpoint, source: source) }
        let handovers = try await next.take(note, from: source)
        try requireTimely(next)
        for handover in handovers { try store.keep(handover: handover.checkpoint, charter: handover.charter) }
        if next.state.announced != nil { try store.keep(handover: note, charter: next.state.charters.count - 1) }
        guard try store.advance(from: known.size, appending: added, checkpoint: note) else {
            // Another process was faster. It made the same checks before it stored its entries.
            guard let followed = try await replay() else { throw .corruptStore }
            return followed
        }
        log = next
        keep()
        guard let followed = log.followed else { throw .corruptStore }
        return followed
    }
}
