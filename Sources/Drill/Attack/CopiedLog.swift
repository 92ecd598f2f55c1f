import Files
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Synchronization

/// The ledger's log in the copy: the same entries with the same key, cosigned by the copy's honest cosigners.
final class CopiedLog: Sendable {
    private let tiles: TileDirectory
    private let origin: String
    private let key: SigningKey
    private let edge = Mutex(TileEdge())
    private let terms: CharterTerms
    private let custody: Custody
    private let now: @Sendable () -> Milliseconds

    init(
        directory: String, origin: String, key: SigningKey, terms: CharterTerms, custody: Custody, entries: [Bytes],
        now: @escaping @Sendable () -> Milliseconds
    ) throws(CofferError) {
        self.terms = terms
        self.custody = custody
        self.now = now
        self.tiles = TileDirectory(path: directory)
        self.origin = origin
        self.key = key
        try write(entries, cosigned: true)
    }

    var source: DirectorySource { DirectorySource(tiles) }

    /// Logs a note and returns its index. Without cosignatures it shows what the ledger's files and key allow by
    /// themselves.
    func append(_ note: SignedNote, cosigned: Bool) throws(CofferError) -> UInt64 {
        let entry = Entry(stamp: now(), note: note.encoded)
        return try write([entry.encoded], cosigned: cosigned) - 1
    }

    /// The size after these entries.
    @discardableResult
    private func write(_ entries: [Bytes], cosigned: Bool) throws(CofferError) -> UInt64 {
        let (files, size, root) = edge.withLock { ($0.append(entries), $0.size, $0.root) }
        let text = Checkpoint(origin: origin, size: SaturatingUInt64(rawValue: size), root: root).text
        guard let ledger = terms.ledgerNoteKey(origin: origin),
            let checkpoint = try? SignedNote(text: text, signatures: [ledger.sign(text, with: key)])
        else { throw CofferError(.configuration, "The copied ledger's checkpoint cannot be signed.") }
        do throws(FileError) {
            try tiles.write(files)
            try tiles.publish(
                checkpoint: (cosigned ? custody.cosign(checkpoint, terms, now: now()) : checkpoint).encoded)
        } catch {
            throw CofferError(.configuration, "The copied log cannot be written: \(error).")
        }
        return size
    }

    // MARK: Reading the copied files

    /// All entries of the log in a folder, below a checkpoint that ledger and quorum signed.
    static func entries(in directory: String, pin: Pin, room: String) async throws(CofferError) -> [Bytes] {
        let store = LedgerDirectory(TileDirectory(path: "\(room)/followed"))
        let follower = Follower(
            of: pin, in: FollowerStorage(store, in: room), from: [DirectorySource(TileDirectory(path: directory))],
            now: nil)
        let size = try await follower.follow().checkpoint.size
        var entries: [Bytes] = []
        while UInt64(entries.count) < size {
            let more = try store.entries(from: UInt64(entries.count), count: 1_024)
            guard !more.isEmpty else { throw CofferError(.tampering, "The copied log ends before its checkpoint.") }
            entries += more
        }
        return entries
    }

    static func state(_ pin: Pin, _ entries: [Bytes]) -> LedgerState {
        var state = LedgerState(origin: pin.origin, charterHash: pin.charterHash)
        for bytes in entries { if let entry = try? Entry(parsing: bytes) { state.apply(entry) } }
        return state
    }
}
