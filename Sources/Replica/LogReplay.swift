package import Ledger
package import Rules
package import Sealing

/// Replays a log entry by entry: applies each entry to the state and adds its leaf to the tree.
///
/// Followers, auditors and the ledger itself use it.
package struct LogReplay: Sendable {
    package private(set) var state: LedgerState
    package private(set) var frontier: MerkleFrontier
    /// The sizes at which to keep a snapshot.
    private let watched: Set<UInt64>
    /// The snapshots that were kept, by size.
    package private(set) var reached: [UInt64: LedgerSnapshot] = [:]

    /// Starts with the first entry.
    package init(pin: Pin, retention: Retention, watching watched: Set<UInt64> = []) {
        self.state = LedgerState(origin: pin.origin, charterHash: pin.charterHash, retention: retention)
        self.frontier = MerkleFrontier()
        self.watched = watched
    }

    /// Continues from a snapshot.
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

    /// Applies the next entry; pass nil for a malformed one.
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

    /// Applies the missing entries up to a size. Calls `visit` with each entry and its verdict.
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
