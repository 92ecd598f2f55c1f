import Files
package import Ledger
package import Replica
import Rules
import Sealing

/// What an auditor's machine remembers of one verified log: a snapshot to continue from, and the table that answers
/// `affected`. Both are among the user's own files.
package struct AuditMemory: Sendable {
    private let directory: String
    private let pin: Pin

    /// Uses a subdirectory of `directory` named by the first 16 digits of the charter's hash.
    package init(directory: String, pin: Pin) {
        self.directory = "\(directory)/\(pin.charterHash.hex.prefix(16))"
        self.pin = pin
    }

    package var snapshots: SnapshotFile { SnapshotFile(path: directory + "/snapshot") }

    /// Where `watch` keeps the followed log by default.
    package var mirror: String { directory + "/log" }

    /// The remembered table for this checkpoint; nil without one.
    ///
    /// Checks that the table is complete, that the ledger and a quorum signed this checkpoint, and that the table was
    /// computed at it. The entries below the checkpoint were checked when the table was made.
    package func table(at note: SignedNote) -> (table: AffectedTable, checkpoint: VerifiedCheckpoint)? {
        guard let bytes = try? DiskFileSystem().read(directory + "/affected", atMost: 4 << 30),
            let table = try? AffectedTable(parsing: bytes),
            table.charter == pin.charterHash, table.origin.hasSameBytes(as: pin.origin),
            let policy = table.terms.checkpointPolicy(origin: pin.origin), let checkpoint = try? policy.verify(note),
            checkpoint.size == table.size, checkpoint.root == table.root
        else { return nil }
        return (table, checkpoint)
    }

    /// Remembers a table. A failure is ignored: it only costs a replay the next time.
    package func keep(_ table: AffectedTable) {
        let durable = Durable()
        guard (try? durable.makeDirectories(directory)) != nil else { return }
        _ = try? durable.write(table.encoded, to: directory + "/affected")
    }

    /// Reads a mirror on from the remembered snapshot. Nil when that does not lead to its checkpoint: then replay all of
    /// it.
    package func replay(_ tiles: TileDirectory) async -> Followed? {
        guard let snapshot = snapshots.load(pin: pin, retention: .everything) else { return nil }
        return try? await LogReading.read(
            DirectorySource(tiles), of: pin, retention: .everything, after: snapshot
        ).followed
    }
}
