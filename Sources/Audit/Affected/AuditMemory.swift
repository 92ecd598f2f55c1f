import Files
package import Ledger
package import Replica
import Rules
import Sealing

/// What an auditor's machine remembers of one log that it has verified: a snapshot to go on from, and the table that
/// `affected` is answered from. Both lie among the user's own files.
package struct AuditMemory: Sendable {
    private let folder: String
    private let pin: Pin

    /// In this folder, under the charter's hash.
    package init(folder: String, pin: Pin) {
        self.folder = "\(folder)/\(pin.charterHash.hex.prefix(16))"
        self.pin = pin
    }

    package var snapshots: SnapshotFile { SnapshotFile(path: folder + "/snapshot") }

    /// Where `watch` keeps what it has followed, when nobody names another place.
    package var mirror: String { folder + "/log" }

    /// The table at the head that a log shows, if it is remembered.
    ///
    /// Checked now: that the table is whole, that ledger and quorum signed this very head, and that it is the one that
    /// the table was computed at. The entries below the head were checked when it was made.
    package func table(at note: SignedNote) -> (table: AffectedTable, head: VerifiedCheckpoint)? {
        guard let bytes = try? DiskFileSystem().read(folder + "/affected", atMost: 4 << 30),
            let table = try? AffectedTable(parsing: bytes),
            table.charter == pin.charterHash, table.origin.hasSameBytes(as: pin.origin),
            let policy = table.terms.checkpointPolicy(origin: pin.origin), let head = try? policy.verify(note),
            head.size == table.size, head.root == table.root
        else { return nil }
        return (table, head)
    }

    /// Remembers a table. That it cannot costs a replay the next time.
    package func keep(_ table: AffectedTable) {
        let durable = Durable()
        guard (try? durable.makeDirectories(folder)) != nil else { return }
        _ = try? durable.write(table.encoded, to: folder + "/affected")
    }

    /// Replays a mirror's folder from what is remembered of it; nil when that does not lead to its head, and everything
    /// must be replayed.
    package func replay(_ directory: TileDirectory) async -> Followed? {
        guard snapshots.load(pin: pin, retention: .everything) != nil else { return nil }
        let follower = Follower(
            of: pin, in: FollowerStorage(LedgerFolder(directory), in: folder, snapshots: snapshots))
        return try? await follower.replay()
    }
}
