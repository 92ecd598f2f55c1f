import Files
package import Ledger
import Messages
package import Replica
package import Rules
package import Sealing

/// What an auditor's machine remembers of one log that it verified: snapshots to continue from, the verdicts, and the
/// table that answers `affected`.
///
/// Everything is among the user's own files and signed with `AuditKey`. What another version of the program or of the
/// rules has made, or somebody else, does not count. Without a key nothing is remembered.
package struct AuditMemory: Sendable {
    private let directory: String
    private let pin: Pin
    private let signer: SigningKey?
    private let now: @Sendable () -> Milliseconds

    /// Uses the file `key` in `directory`, and beside it a folder named by the first 16 digits of the charter's hash.
    package init(
        directory: String, pin: Pin, program: String, rules: RulesVersion = .newest,
        now: @escaping @Sendable () -> Milliseconds
    ) {
        self.directory = "\(directory)/\(pin.charterHash.hex.prefix(16))"
        self.pin = pin
        self.now = now
        signer = AuditKey(at: directory + "/key")?.signer(program: program, rules: rules, pin: pin)
    }

    /// Where `watch` keeps the followed log by default.
    package var mirror: String { directory + "/log" }

    // MARK: The whole history

    /// The snapshots of those who follow this log with every release. Nil without a key.
    package var snapshots: (any SnapshotStore)? { file("whole").map(AuditSnapshots.init) }

    /// The remembered table for this checkpoint; nil without one.
    ///
    /// Checks that this machine made the table, that the ledger and a quorum signed this checkpoint, and that the table
    /// was computed at it. The entries below the checkpoint were checked when the table was made.
    package func table(at note: SignedNote) -> (
        table: AffectedTable, checkpoint: VerifiedCheckpoint, made: Milliseconds
    )? {
        guard let file = signed("affected")?.read(atMost: 4 << 30), let table = try? AffectedTable(parsing: file.bytes),
            table.charter == pin.charterHash, table.origin.hasSameBytes(as: pin.origin),
            let policy = table.terms.checkpointPolicy(origin: pin.origin), let checkpoint = try? policy.verify(note),
            checkpoint.size == table.size, checkpoint.root == table.root
        else { return nil }
        return (table, checkpoint, file.made)
    }

    /// Remembers a table. A failure is ignored: it only costs a replay the next time.
    package func keep(_ table: AffectedTable) { try? signed("affected")?.write(table.encoded, made: now()) }

    /// The remembered snapshot of the whole history.
    package var whole: KeptSnapshot? { kept(in: "whole", retention: .everything) }

    /// Remembers the whole history. A failure is ignored: it only costs a replay the next time.
    package func keep(_ whole: LedgerSnapshot) { try? file("whole")?.keep(whole) }

    /// A log read on from a snapshot of the whole history. Nil when that does not lead to the checkpoint that the source
    /// shows: then replay all of it.
    package func replay(_ source: any EntrySource, after whole: KeptSnapshot) async -> Followed? {
        try? await LogReading.read(source, of: pin, retention: .everything, after: whole.snapshot).followed
    }

    // MARK: Verdicts

    /// A snapshot that this machine made, and when.
    package struct KeptSnapshot: Sendable {
        package let snapshot: LedgerSnapshot
        package let made: Milliseconds
    }

    /// A verified log as this machine remembers it.
    struct Kept {
        let snapshot: KeptSnapshot
        let verdicts: Verdicts
        /// The checkpoint over the snapshot.
        let note: SignedNote
    }

    var kept: Kept? {
        guard let snapshot = kept(in: "needed", retention: .needed),
            let file = signed("verdicts")?.read(atMost: 4 << 30),
            let (note, verdicts) = try? Self.parse(file.bytes), verdicts.size == snapshot.snapshot.size,
            let checkpoint = try? Checkpoint(parsing: note.text), checkpoint.root == snapshot.snapshot.root
        else { return nil }
        return Kept(snapshot: snapshot, verdicts: verdicts, note: note)
    }

    /// Remembers a verified log. A failure is ignored: it only costs a replay the next time.
    func keep(_ snapshot: LedgerSnapshot, _ verdicts: Verdicts, under note: SignedNote) {
        var writer = ByteWriter()
        writer.u32(UInt32(clamping: note.encoded.count))
        writer.append(note.encoded)
        writer.append(verdicts.encoded)
        do {
            try file("needed")?.keep(snapshot)
            try signed("verdicts")?.write(writer.bytes, made: now())
        } catch {}
    }

    private static func parse(_ bytes: Bytes) throws -> (SignedNote, Verdicts) {
        var reader = ByteReader(bytes[...])
        let note = try SignedNote(checkpoint: try reader.take(Int(try reader.u32())))
        let verdicts = try Verdicts(decoding: &reader)
        try reader.finish()
        return (note, verdicts)
    }

    // MARK: Files

    private func kept(in folder: String, retention: Retention) -> KeptSnapshot? {
        guard let file = file(folder), let signer, let snapshot = file.load(pin: pin, retention: retention),
            let note = file.note(), let stated = try? StateNote(note, origin: pin.origin, broker: signer.publicKey)
        else { return nil }
        return KeptSnapshot(snapshot: snapshot, made: stated.time)
    }

    private func file(_ folder: String) -> SignedSnapshotFile? {
        signer.map { SignedSnapshotFile(directory: "\(directory)/\(folder)", key: $0, origin: pin.origin, now: now) }
    }

    private func signed(_ name: String) -> SignedFile? {
        signer.map { SignedFile(path: "\(directory)/\(name)", key: $0) }
    }
}

/// An auditor's snapshots, which its follower keeps as the log grows.
private struct AuditSnapshots: SnapshotStore {
    let file: SignedSnapshotFile

    var isKeptByFollower: Bool { true }

    func load(pin: Pin, retention: Retention) -> LedgerSnapshot? { file.load(pin: pin, retention: retention) }

    func keep(_ snapshot: LedgerSnapshot) throws(CofferError) { try file.keep(snapshot) }
}
