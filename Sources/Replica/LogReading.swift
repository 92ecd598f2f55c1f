import Ledger
package import Rules
package import Sealing

/// One reading of the log that a source serves, up to the source's checkpoint. It makes every check that a follower
/// makes, and stores nothing.
package struct LogReading: Sendable {
    package let followed: Followed
    /// The state at the checkpoint, to continue from.
    package let snapshot: LedgerSnapshot
    /// The snapshots at the sizes that the caller asked for.
    package let reached: [UInt64: LedgerSnapshot]

    /// Reads from the pinned charter on, or from a snapshot that this machine made after the same checks. Passes each
    /// entry and its verdict to `visit`, in order.
    package static func read(
        _ source: any EntrySource, of pin: Pin, retention: Retention, after snapshot: LedgerSnapshot? = nil,
        watching watched: Set<UInt64> = [], isolation: isolated (any Actor)? = #isolation,
        _ visit: (PreparedEntry, Verdict) throws(CofferError) -> Void = { _, _ in }
    ) async throws(CofferError) -> LogReading {
        let bytes = try await source.checkpoint()
        guard let note = try? SignedNote(checkpoint: bytes), let checkpoint = try? Checkpoint(parsing: note.text) else {
            throw .notACheckpoint
        }
        guard checkpoint.origin.hasSameBytes(as: pin.origin) else { throw .otherOrigin }
        guard checkpoint.size > 0 else { throw .noEntries }
        var log =
            snapshot.map { FollowedLog(pin: pin, snapshot: $0, watching: watched) }
            ?? FollowedLog(pin: pin, retention: retention, watching: watched)
        guard log.size <= checkpoint.size.rawValue else {
            throw CofferError(
                .tampering, "The source's checkpoint has fewer entries than were verified before.", rule: "head.shorter"
            )
        }
        try await log.fetch(from: source, to: checkpoint.size.rawValue, checkpoint: note, visit: visit)
        guard log.root == checkpoint.root else { throw .notCovered }
        _ = try await log.take(note, from: source)
        guard let followed = log.followed else { throw .notACheckpoint }
        return LogReading(followed: followed, snapshot: log.snapshot, reached: log.reached)
    }
}
