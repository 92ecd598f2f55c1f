import Files
package import Ledger
import Messages
package import Rules
package import Sealing

/// Where a follower's states are kept.
package protocol SnapshotStore: Sendable {
    /// Whether the follower keeps a new one by itself as the log grows.
    var isKeptByFollower: Bool { get }
    /// The newest that was kept of this ledger; nil when there is none that counts.
    func load(pin: Pin, retention: Retention) -> LedgerSnapshot?
    func keep(_ snapshot: LedgerSnapshot) throws(CofferError)
}

/// A snapshot in a file, so that a long log is not replayed at every start.
///
/// It is trusted as the machine's own word: whoever may write this file may write the program too. So it lies among a
/// user's own files, never in a folder that is handed around, such as a mirror; a broker asks for its own signature
/// on top (`SignedSnapshotFile`). A file that is damaged, of another ledger or of another version is as good as none.
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

/// A broker's snapshot with a note of its own over it: what it has not signed itself it does not start from.
///
/// Starting from it is as good as replaying. The state is one that this broker computed, or its key would not have
/// signed it; it may be an old one, as every store that was put back may be, and then the broker follows the log on
/// from there to a head that a quorum has cosigned freshly before it serves, as it does after a replay. Its tree is
/// checked against the stored head by the root over the entries that follow.
package struct SignedSnapshotFile: SnapshotStore {
    private let folder: String
    private let key: SigningKey
    private let origin: String
    private let now: @Sendable () -> Milliseconds

    /// In this folder: `snapshot`, and `note` over it.
    package init(
        folder: String, key: SigningKey, origin: String, now: @escaping @Sendable () -> Milliseconds
    ) {
        self.folder = folder
        self.key = key
        self.origin = origin
        self.now = now
    }

    /// Making one takes seconds on a long log, and asks must not wait for it.
    package var isKeptByFollower: Bool { false }

    /// Whether a state of this size is to be signed: a day after the last one, or once the log has grown by an eighth.
    package func isDue(size: UInt64) -> Bool {
        guard let stated = stated()?.state else { return true }
        let size = SaturatingUInt64(rawValue: size)
        guard size > stated.size else { return false }
        return Day(of: stated.time) != Day(of: now()) || size >= stated.size + max(8_192, stated.size / 8)
    }

    /// The note, as it is served.
    package func note() -> SignedNote? { stated()?.note }

    /// The snapshot that the note is over, if it is of this size.
    package func bytes(size: UInt64) -> Bytes? {
        guard let stated = stated()?.state, stated.size.rawValue == size else { return nil }
        return bytes(under: stated)
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
            let durable = Durable()
            try durable.makeDirectories(folder)
            try durable.write(bytes, to: "\(folder)/snapshot")
            try durable.write(note.encoded, to: "\(folder)/note")
        } catch {
            throw CofferError(.configuration, "The ledger's state cannot be saved: \(error).")
        }
    }

    /// The note, if this broker signed it, and what it says.
    private func stated() -> (note: SignedNote, state: StateNote)? {
        guard let bytes = try? DiskFileSystem().read("\(folder)/note", atMost: SignedNote.maximumCount),
            let note = try? SignedNote(parsing: bytes),
            let state = try? StateNote(note, origin: origin, broker: key.publicKey)
        else { return nil }
        return (note, state)
    }

    /// The snapshot that the note is over.
    private func bytes(under stated: StateNote) -> Bytes? {
        guard let bytes = try? DiskFileSystem().read("\(folder)/snapshot", atMost: LedgerSnapshot.maximumFile),
            Hash256(of: bytes) == stated.snapshot
        else { return nil }
        return bytes
    }
}

extension LedgerSnapshot {
    /// A bound on a snapshot's file: sixteen times what is fetched from others, for one that keeps the whole history.
    fileprivate static let maximumFile = 16 * HTTPLimits.snapshot

    /// Nil when it is not of this ledger, or keeps another share of its history.
    init?(kept bytes: Bytes, pin: Pin, retention: Retention) {
        guard let snapshot = try? LedgerSnapshot(parsing: bytes), snapshot.size > 0,
            snapshot.state.origin.hasSameBytes(as: pin.origin),
            snapshot.state.pinnedCharter == pin.charterHash, snapshot.state.retention == retention
        else { return nil }
        self = snapshot
    }
}

extension Follower {
    /// What was kept, when nothing has been replayed yet.
    func kept() -> FollowedLog? {
        guard log.size == 0, let snapshot = snapshots?.load(pin: pin, retention: log.state.retention) else {
            return nil
        }
        return FollowedLog(pin: pin, snapshot: snapshot)
    }

    /// Keeps the state once the log has grown by a thirty-second. That it cannot be kept costs time at the next start,
    /// and nothing else.
    func keep() {
        let place = log.state.retention == .sinceBootstrap ? start?.snapshots : snapshots
        guard let snapshots = place, snapshots.isKeptByFollower, log.head?.size == log.size,
            log.size >= keptSize + max(2_048, keptSize / 32)
        else { return }
        keptSize = log.size
        try? snapshots.keep(log.snapshot)
    }

    /// The state at the newest head, to be kept; nil before the first.
    package var snapshot: LedgerSnapshot? { log.head?.size == log.size ? log.snapshot : nil }
}
