package import Ledger
package import Rules
package import Sealing

/// What has been followed: the state after all entries of a head that ledger and quorum have signed.
package struct Followed: Sendable {
    package let state: State
    package let head: VerifiedCheckpoint
}

/// Follows a ledger from the pinned charter on: replays what is stored, fetches what is new, checks it all.
///
/// A head counts once the ledger and a quorum of the witnesses have signed it and its root has been recomputed over
/// the entries followed. Heads that cannot both be true leave evidence and throw `.tampering` with rule `fork`.
package actor Follower {
    package let pin: Pin
    let store: any FollowerStore
    private let sources: @Sendable (State?) -> [any EntrySource]
    let evidence: EvidenceFolder

    /// Where states are kept, so that a start need not replay everything.
    let snapshots: (any SnapshotStore)?
    /// The size of the one that is kept.
    var keptSize: UInt64 = 0

    var log: FollowedLog
    private var running: Task<Result<Followed, CofferError>, Never>?

    /// Sources are tried in order; the ledger's own comes first. They may depend on what was followed last. Servers
    /// retain what is needed, so that their memory does not grow with the log.
    package init(
        pin: Pin, store: any FollowerStore, evidence: EvidenceFolder, retention: Retention = .everything,
        snapshots: (any SnapshotStore)? = nil, sources: @escaping @Sendable (State?) -> [any EntrySource]
    ) {
        self.pin = pin
        self.store = store
        self.sources = sources
        self.evidence = evidence
        self.snapshots = snapshots
        self.log = FollowedLog(pin: pin, retention: retention)
    }

    /// With the same sources always.
    package init(
        pin: Pin, store: any FollowerStore, sources: [any EntrySource], evidence: EvidenceFolder,
        retention: Retention = .everything, snapshots: (any SnapshotStore)? = nil
    ) {
        self.init(pin: pin, store: store, evidence: evidence, retention: retention, snapshots: snapshots) { _ in
            sources
        }
    }

    /// What was followed last, without asking anyone; nil before the first head.
    package var followed: Followed? { log.followed }

    /// Replays the store, which another process may have moved on.
    package func replay() async throws(CofferError) -> Followed? {
        try await replay(from: kept() ?? log)
    }

    private func replay(from start: FollowedLog) async throws(CofferError) -> Followed? {
        guard let note = try store.head(), note != log.head?.note else { return log.followed }
        let size = try Self.checkpoint(note).size
        var next = start.size <= size ? start : log
        let reader = BundleReader { [store] bundle, width throws(CofferError) in
            let entries = try store.entries(from: bundle * 256, count: width)
            guard entries.count == width else { throw .corruptStore }
            return entries
        }
        try await reader.read(from: next.size, to: size) { bundle throws(CofferError) in
            for entry in bundle.entries { try next.append(entry) }
        }
        guard next.size == size, let head = try? next.verified(note) else {
            guard log.size == 0, start.size > 0 else { throw .corruptStore }
            // What was kept is not of this log: as good as none.
            return try await replay(from: log)
        }
        next.follow(head)
        // Meanwhile a newer head may have been followed.
        if log.size > next.size || log.size == next.size && log.head?.quorumTime ?? 0 > head.quorumTime ?? 0 {
            return log.followed
        }
        log = next
        keptSize = max(keptSize, start.size)
        keep()
        return log.followed
    }

    /// Asks the sources for a newer head and follows it. Calls that come while one is under way share the next one.
    package func follow() async throws(CofferError) -> Followed {
        if let current = running {
            _ = await current.value
            if let next = running { return try await next.value.get() }
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
        var failure = CofferError(.tryLater, "There is nowhere to follow the ledger.")
        for source in sources(log.followed?.state) {
            do throws(CofferError) { return try await follow(source) } catch {
                switch error.code {
                case .tryLater, .notFound, .usage: failure = error
                default: throw error
                }
            }
        }
        throw CofferError(.tryLater, failure.message, hint: failure.hint)
    }

    private static func checkpoint(_ note: SignedNote) throws(CofferError) -> Checkpoint {
        do { return try Checkpoint(parsing: note.text) } catch { throw .notAHead }
    }

    /// Follows this source to a head that it serves. Nobody else follows meanwhile.
    package func follow(from source: any EntrySource, at note: SignedNote) async throws(CofferError) -> Followed {
        _ = try await replay()
        return try await follow(source, note)
    }

    private func follow(_ source: any EntrySource) async throws(CofferError) -> Followed {
        let note: SignedNote
        let bytes = try await source.checkpoint()
        do { note = try SignedNote(head: bytes) } catch { throw .notAHead }
        return try await follow(source, note)
    }

    private func follow(_ source: any EntrySource, _ note: SignedNote) async throws(CofferError) -> Followed {
        let checkpoint = try Self.checkpoint(note)
        guard checkpoint.origin.hasSameBytes(as: pin.origin) else {
            throw CofferError(.tampering, "What answers there is another ledger.", rule: "head.origin")
        }
        if checkpoint.size == 0 { throw CofferError(.tryLater, "The ledger has logged nothing yet.") }
        if let followed = log.followed, note == followed.head.note { return followed }
        guard checkpoint.size > log.size else { return try earlier(checkpoint, note) }

        let known = log
        var next = log
        try await fetch(from: source, to: checkpoint.size, head: note, into: &next)
        guard next.root == checkpoint.root else { throw try await unlike(known, note, checkpoint, source: source) }
        let handovers = try await checkHandovers(next, after: known, source: source)
        next.follow(try next.verified(note))
        for handover in handovers { try store.keep(handover: handover.head, charter: handover.charter) }
        if next.state.announced != nil { try store.keep(handover: note, charter: next.state.charters.count - 1) }
        let added = next.fetched
        next.fetched = []
        guard try store.advance(from: known.size, appending: added, head: note) else {
            // Another process was faster, and what it stored has been checked as this would be.
            guard let followed = try await replay() else { throw .corruptStore }
            return followed
        }
        log = next
        keep()
        guard let followed = log.followed else { throw .corruptStore }
        return followed
    }
}
