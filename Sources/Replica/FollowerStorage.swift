package import Files
package import Rules
package import Sealing

/// Where a follower keeps its data: entries with their checkpoint, evidence of forks, and a state to continue from.
package struct FollowerStorage: Sendable {
    package let store: any FollowerStore
    package let evidence: EvidenceDirectory
    package let snapshots: (any SnapshotStore)?

    package init(
        _ store: any FollowerStore, evidence: EvidenceDirectory, snapshots: (any SnapshotStore)? = nil
    ) {
        self.store = store
        self.evidence = evidence
        self.snapshots = snapshots
    }

    /// Keeps evidence in `evidence/` of a folder.
    package init(
        _ store: any FollowerStore, in directory: String, snapshots: (any SnapshotStore)? = nil,
        files: any FileSystem = DiskFileSystem()
    ) {
        self.init(store, evidence: EvidenceDirectory(path: directory + "/evidence", files: files), snapshots: snapshots)
    }
}

extension Follower {
    /// Follows a pinned ledger from these sources. `now` is this machine's clock; nil takes stamps as they are.
    package init(
        of pin: Pin, in storage: FollowerStorage, from sources: [any EntrySource] = [],
        retention: Retention = .everything, start: TrustedBootstrap? = nil, now: (@Sendable () -> Milliseconds)?
    ) {
        self.init(
            pin: pin, store: storage.store, sources: sources, evidence: storage.evidence, retention: retention,
            snapshots: storage.snapshots, start: start, now: now)
    }

    /// Follows a pinned ledger at the addresses in its charter and amendments.
    package init(
        of pin: Pin, in storage: FollowerStorage, from named: NamedSources, retention: Retention = .everything,
        start: TrustedBootstrap? = nil, now: (@Sendable () -> Milliseconds)?
    ) {
        self.init(
            pin: pin, store: storage.store, evidence: storage.evidence, retention: retention,
            snapshots: storage.snapshots, start: start, now: now, sources: named.sources)
    }
}
