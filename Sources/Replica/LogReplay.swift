package import Ledger
package import Rules
package import Sealing

/// A log, replayed entry by entry: each entry goes through `apply`, and its leaf into the tree.
///
/// Followers, auditors and the ledger itself replay a log by this.
package struct LogReplay: Sendable {
    package private(set) var state: LedgerState
    package private(set) var frontier: MerkleFrontier
    /// The sizes at which to remember what the log had come to.
    private let watched: Set<UInt64>
    /// What was remembered.
    package private(set) var reached: [UInt64: LedgerSnapshot] = [:]

    /// From the first entry.
    package init(pin: Pin, retention: Retention, watching watched: Set<UInt64> = []) {
        self.state = LedgerState(origin: pin.origin, charterHash: pin.charterHash, retention: retention)
        self.frontier = MerkleFrontier()
        self.watched = watched
    }

    /// From what a log had come to.
    package init(from snapshot: LedgerSnapshot, watching watched: Set<UInt64> = []) {
        self.state = snapshot.state
        self.frontier = snapshot.frontier
        self.watched = watched
        remember()
    }

    package var size: UInt64 { frontier.size }
    package var root: Hash256 { frontier.root }
    package var snapshot: LedgerSnapshot { LedgerSnapshot(state: state, frontier: frontier) }

    private mutating func remember() { if watched.contains(size) { reached[size] = snapshot } }

    /// The next entry; nil for one that is not in its format.
    @discardableResult
    package mutating func append(_ entry: PreparedEntry?) throws(CofferError) -> Verdict {
        guard let entry else {
            throw CofferError(
                .tampering, "Entry \(size) is malformed.", rule: "entries.format", entry: size)
        }
        let verdict = state.apply(entry.note, stamp: entry.stamp)
        if size == 0, case .refused = verdict {
            throw CofferError(
                .tampering, "The log does not begin with the pinned charter.", rule: "charter.pin", entry: 0)
        }
        frontier.append(leafHash: entry.leaf)
        remember()
        return verdict
    }

    /// The entries that it lacks, up to a size; `visit` sees each of them with its verdict.
    package mutating func append(
        from reader: BundleReader, to size: UInt64, isolation: isolated (any Actor)? = #isolation,
        _ visit: (PreparedEntry, Verdict) throws(CofferError) -> Void = { _, _ in }
    ) async throws(CofferError) {
        try await reader.read(from: self.size, to: size) { entries throws(CofferError) in
            for entry in entries {
                let verdict = try append(entry)
                if let entry { try visit(entry, verdict) }
            }
        }
    }
}
