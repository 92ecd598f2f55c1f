import Dispatch
package import Files
package import Ledger
import Messages
package import Rules
package import Sealing
import Synchronization

/// Stores a follower's snapshots.
package protocol SnapshotStore: Sendable {
    /// Whether the follower saves new snapshots by itself as the log grows.
    var isKeptByFollower: Bool { get }
    /// The newest usable snapshot of this ledger; nil if there is no such snapshot.
    func load(pin: Pin, retention: Retention) -> LedgerSnapshot?
    func keep(_ snapshot: LedgerSnapshot) throws(CofferError)
}

/// Keeps a snapshot in a file, so that a long log is not replayed at every start.
///
/// The file is trusted like the machine: a process that can write it can also write the program. So it must be among a
/// user's own files, never in a folder that is passed around, such as a mirror. A broker also requires its own
/// signature (`SignedSnapshotFile`). A file that is damaged, of another ledger or of another version is ignored.
package struct SnapshotFile: SnapshotStore {
    private let path: String

    package init(path: String) { self.path = path }

    package var isKeptByFollower: Bool { true }

    package func load(pin: Pin, retention: Retention) -> LedgerSnapshot? {
        guard let bytes = try? DiskFileSystem().read(path, atMost: LedgerSnapshot.maximumFile) else { return nil }
        return LedgerSnapshot(kept: bytes, pin: pin, retention: retention)
    }

    package func keep(_ snapshot: LedgerSnapshot) throws(CofferError) {
        do throws(FileError) {
            let durable = Durable()
            try durable.makeDirectories(Durable.split(path).directory)
            try durable.write(snapshot.encoded, to: path)
        } catch {
            throw CofferError(.configuration, "The ledger's state cannot be saved: \(error).")
        }
    }
}

/// A server's or an auditor's snapshot with its own signed note. It starts only from a snapshot that it signed itself.
///
/// Starting from it is as safe as replaying. A broker computed this state, since its key signed it. The state may be
/// old, as with any restored store: the broker then follows the log to a checkpoint with fresh cosignatures before it
/// serves, as after a replay. The root over the later entries checks its tree against the stored checkpoint.
package struct SignedSnapshotFile: SnapshotStore {
    private let directory: String
    private let key: SigningKey
    private let origin: String
    private let files: any FileSystem
    private let now: @Sendable () -> Milliseconds
    private let checked = CheckedFile()

    /// Uses the files `snapshot` and `note` in this folder.
    package init(
        directory: String, key: SigningKey, origin: String, files: any FileSystem = DiskFileSystem(),
        now: @escaping @Sendable () -> Milliseconds
    ) {
        self.directory = directory
        self.files = files
        self.key = key
        self.origin = origin
        self.now = now
    }

    /// False: a snapshot takes seconds on a long log, and asks must not wait for it.
    package var isKeptByFollower: Bool { false }

    /// Whether a state of this size should be signed: a day after the last one, or once the log has grown by an eighth.
    package func isDue(size: UInt64) -> Bool {
        guard let stated = stated()?.state else { return true }
        let size = SaturatingUInt64(rawValue: size)
        guard size > stated.size else { return false }
        return Day(of: stated.time) != Day(of: now()) || size >= stated.size + max(8_192, stated.size / 8)
    }

    /// The note that is served.
    package func note() -> SignedNote? { stated()?.note }

    /// The snapshot that the note names, if it has this size, to be read piece by piece.
    package func open(size: UInt64) -> (any ReadableFile)? {
        guard let stated = stated()?.state, stated.size.rawValue == size,
            let file = try? files.open("\(directory)/snapshot", atMost: LedgerSnapshot.maximumFile),
            checked.isSame(file, as: stated.snapshot)
        else { return nil }
        return file
    }

    package func load(pin: Pin, retention: Retention) -> LedgerSnapshot? {
        guard let stated = stated()?.state, let bytes = bytes(under: stated),
            let snapshot = LedgerSnapshot(kept: bytes, pin: pin, retention: retention),
            snapshot.size == stated.size.rawValue, snapshot.root == stated.root
        else { return nil }
        return snapshot
    }

    package func keep(_ snapshot: LedgerSnapshot) throws(CofferError) {
        let bytes = snapshot.encoded
        let stated = StateNote(
            origin: origin, size: SaturatingUInt64(rawValue: snapshot.size), root: snapshot.root,
            state: snapshot.state.digest,
            snapshot: Hash256(of: bytes), broker: key.publicKey, time: now())
        let note = try SignedNote.message(stated.text, by: key)
        do throws(FileError) {
            let durable = Durable(files)
            try durable.makeDirectories(directory)
            try durable.write(bytes, to: "\(directory)/snapshot")
            try durable.write(note.encoded, to: "\(directory)/note")
        } catch {
            throw CofferError(.configuration, "The ledger's state cannot be saved: \(error).")
        }
    }

    /// Keeps a snapshot without blocking a thread that answers requests: on a long log it takes seconds.
    package func keepAside(_ snapshot: LedgerSnapshot) async throws(CofferError) {
        let failure: CofferError? = await withCheckedContinuation { done in
            DispatchQueue.global(qos: .utility).async {
                do throws(CofferError) {
                    try keep(snapshot)
                    done.resume(returning: nil)
                } catch {
                    done.resume(returning: error)
                }
            }
        }
        if let failure { throw failure }
    }

    /// The note and its content, if this server signed it.
    private func stated() -> (note: SignedNote, state: StateNote)? {
        guard let bytes = try? files.read("\(directory)/note", atMost: SignedNote.maximumCount),
            let note = try? SignedNote(parsing: bytes),
            let state = try? StateNote(note, origin: origin, broker: key.publicKey)
        else { return nil }
        return (note, state)
    }

    /// The snapshot that the note names, if its hash matches.
    private func bytes(under stated: StateNote) -> Bytes? {
        guard let bytes = try? files.read("\(directory)/snapshot", atMost: LedgerSnapshot.maximumFile),
            Hash256(of: bytes) == stated.snapshot
        else { return nil }
        return bytes
    }
}

/// The hash of the file that was hashed last, so that a file of many megabytes is not hashed for everyone who fetches it.
private final class CheckedFile: Sendable {
    private let last = Mutex<(identity: FileIdentity, hash: Hash256)?>(nil)

    /// Whether a file's content has this hash.
    func isSame(_ file: any ReadableFile, as hash: Hash256) -> Bool {
        if let known = last.withLock({ $0 }), known.identity == file.identity { return known.hash == hash }
        guard
            let found = try? Hash256(ofPieces: { (take) throws(FileError) in
                try file.forEachPiece(of: 1 << 20, take)
            })
        else { return false }
        if let identity = file.identity { last.withLock { $0 = (identity, found) } }
        return found == hash
    }
}

extension LedgerSnapshot {
    /// The largest snapshot file: sixteen times the limit for fetched ones, since a file may keep the whole history.
    fileprivate static let maximumFile = 16 * HTTPLimits.snapshot

    /// Nil when it is of another ledger or has another retention.
    init?(kept bytes: Bytes, pin: Pin, retention: Retention) {
        guard let snapshot = try? LedgerSnapshot(parsing: bytes), snapshot.size > 0,
            snapshot.state.origin.hasSameBytes(as: pin.origin),
            snapshot.state.pinnedCharter == pin.charterHash, snapshot.state.retention == retention
        else { return nil }
        self = snapshot
    }
}

extension Follower {
    /// The kept log, if nothing has been replayed yet.
    func kept() -> FollowedLog? {
        guard log.size == 0, let snapshot = snapshots?.load(pin: pin, retention: log.state.retention) else {
            return nil
        }
        return FollowedLog(pin: pin, snapshot: snapshot)
    }

    /// Keeps the state once the log has grown by one part in 32. If that fails, only the next start takes longer.
    func keep() {
        let place = log.state.retention == .sinceBootstrap ? start?.snapshots : snapshots
        guard let snapshots = place, snapshots.isKeptByFollower, log.checkpoint?.size == log.size,
            log.size >= keptSize + max(2_048, keptSize / 32)
        else { return }
        keptSize = log.size
        try? snapshots.keep(log.snapshot)
    }

    /// The snapshot at the newest checkpoint, for keeping; nil before the first checkpoint.
    package var snapshot: LedgerSnapshot? { log.checkpoint?.size == log.size ? log.snapshot : nil }
}
