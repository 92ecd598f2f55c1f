package import Ledger
package import Rules
import Sealing

/// What a cosigner checks before it signs, if it sees the entries (Ledger, "Clocks"). Other witnesses see checkpoints
/// only.
extension Follower {
    /// Whether no entry under a checkpoint is stamped ahead of this machine's clock by more than the tolerance. Fetches
    /// the entries that were not followed yet; false when no source has them. `terms` count before any are followed.
    package func isTimely(_ note: SignedNote, by terms: CharterTerms) async -> Bool {
        guard let now, let checkpoint = try? ownCheckpoint(note) else { return false }
        let limit = now() + (log.state.charter?.terms ?? terms).tolerance
        guard log.state.clock <= limit else { return false }
        let (size, frontier) = (checkpoint.size.rawValue, log.frontier)
        guard size > frontier.size else { return true }
        guard size - frontier.size <= UInt64(FollowedLog.unvouched) else { return false }
        for source in sources(log.followed?.state) {
            guard let new = try? await Self.newest(of: source, after: frontier, to: size), new.root == checkpoint.root
            else { continue }
            return new.stamp <= limit
        }
        return false
    }

    /// The root over a source's entries, and the greatest stamp of the new ones.
    private static func newest(
        of source: any EntrySource, after frontier: MerkleFrontier, to size: UInt64
    ) async throws -> (root: Hash256, stamp: Milliseconds) {
        var (frontier, stamp, bytes) = (frontier, Milliseconds(0), 0)
        while frontier.size < size {
            let first = frontier.size / 256 * 256
            let width = Int(clamping: min(256, size - first))
            let entries = try await source.entries(bundle: first / 256, width: width)
            guard entries.count == width else { throw FormatError.truncated }
            bytes += entries.reduce(0) { $0 + $1.count }
            guard bytes <= FollowedLog.unvouchedBytes else { throw FormatError.truncated }
            for entry in entries.dropFirst(Int(clamping: frontier.size - first)) {
                stamp = max(stamp, try Entry.stamp(of: entry))
                frontier.append(leafHash: Merkle.leafHash(entry))
            }
        }
        return (frontier.root, stamp)
    }
}
