import Files
import Glibc
package import Ledger
package import Sealing
import Synchronization

/// A person's copy of the public log in `ledger.db`. It is derived data, so damage never shuts anyone out: a damaged
/// file stays where it is, and the log is followed again into the next one, `ledger.db.2` and so on. Where no file can
/// be opened or made, it is followed into memory.
///
/// What was followed before is not forgotten with it: a log that lacks the newest checkpoint ever followed
/// (`NewestCheckpoint`) is refused.
package final class LedgerCopy: StartableStore {
    /// The most files that are tried, so that a disk that damages everything is not filled.
    private static let maximumFiles = 16

    private struct Opened {
        var store: any FollowerStore
        var number: Int
    }

    private let path: String
    private let newest: NewestCheckpoint
    private let evidence: EvidenceDirectory
    private let charter: Hash256
    private let opened: Mutex<Opened>
    /// Why the log is followed into memory.
    package let hindrance: CofferError?

    /// Opens the newest file, or makes one. `charter` is the hash of the pinned one.
    package init(path: String, newest: NewestCheckpoint, evidence: EvidenceDirectory, charter: Hash256) {
        self.path = path
        self.newest = newest
        self.evidence = evidence
        self.charter = charter
        do throws(CofferError) {
            opened = Mutex(try Self.open(path, from: Self.newestNumber(path)))
            hindrance = nil
        } catch {
            opened = Mutex(Opened(store: MemoryLedger(), number: 0))
            hindrance = error
        }
    }

    /// The damaged files that were left behind, by their paths.
    package static func damaged(_ path: String) -> [String] {
        (1..<max(1, newestNumber(path))).map { file(path, $0) }.filter(DurableFile.exists)
    }

    /// The file that is in use.
    package static func current(_ path: String) -> String { file(path, newestNumber(path)) }

    private static func file(_ path: String, _ number: Int) -> String { number == 1 ? path : "\(path).\(number)" }

    private static func newestNumber(_ path: String) -> Int {
        (1...maximumFiles).last { DurableFile.exists(file(path, $0)) } ?? 1
    }

    private static func open(_ path: String, from first: Int) throws(CofferError) -> Opened {
        for number in first...max(first, maximumFiles) {
            do throws(CofferError) {
                return Opened(store: try LedgerDatabase(path: file(path, number)), number: number)
            } catch {
                guard error == .corruptStore, number < maximumFiles else { throw error }
            }
        }
        throw .corruptStore
    }

    private var store: any FollowerStore { opened.withLock { $0.store } }
    private var startable: (any StartableStore)? { store as? any StartableStore }

    /// Leaves a damaged file behind and begins again in the next one, or in that of a process that was faster.
    func rebuild() throws(CofferError) {
        let result: Result<Void, CofferError> = opened.withLock { opened in
            Result { () throws(CofferError) in
                guard opened.number > 0 else {
                    opened.store = MemoryLedger()
                    return
                }
                guard opened.number < Self.maximumFiles else { throw .corruptStore }
                opened = try Self.open(path, from: max(opened.number + 1, Self.newestNumber(path)))
            }
        }
        try result.get()
    }

    // MARK: The store

    package func checkpoint() throws(CofferError) -> SignedNote? { try store.checkpoint() }

    package func entries(from index: UInt64, count: Int) throws(CofferError) -> [Bytes] {
        try store.entries(from: index, count: count)
    }

    package func growth(from old: UInt64, to size: UInt64) throws(CofferError) -> TreeGrowth {
        try store.growth(from: old, to: size)
    }

    package func bootstrapSize() throws(CofferError) -> UInt64? { try startable?.bootstrapSize() }
    package func beginning() throws(CofferError) -> Bytes? { try startable?.beginning() }

    /// False, so that the log is replayed, when more was followed before: entries that the state stands for cannot be
    /// compared with it.
    package func begin(_ snapshot: LedgerSnapshot, checkpoint: SignedNote) throws(CofferError) -> Bool {
        guard newest.load() == nil, let startable else { return false }
        guard try startable.begin(snapshot, checkpoint: checkpoint) else { return false }
        remember(checkpoint)
        return true
    }

    package func complete(_ entries: [Bytes]) throws(CofferError) -> Bool { try startable?.complete(entries) ?? false }

    package func advance(from size: UInt64, appending entries: [Bytes], checkpoint: SignedNote) throws(CofferError)
        -> Bool
    {
        if let newest = newest.load(), newest.checkpoint.size.rawValue > size {
            try require(newest, in: entries, after: size, checkpoint)
        }
        guard try store.advance(from: size, appending: entries, checkpoint: checkpoint) else { return false }
        remember(checkpoint)
        return true
    }

    /// Best effort: without it only a rollback after a rebuilding would go unnoticed.
    private func remember(_ checkpoint: SignedNote) { try? newest.keep(checkpoint) }

    /// Throws unless the log with these entries contains the newest checkpoint: `.tryLater` when it is shorter,
    /// `.tampering` with evidence when it is another log.
    private func require(
        _ newest: (note: SignedNote, checkpoint: Checkpoint), in entries: [Bytes], after size: UInt64,
        _ note: SignedNote
    ) throws(CofferError) {
        let known = newest.checkpoint.size.rawValue
        guard size + UInt64(entries.count) >= known else {
            if Self.isLater(note, than: newest.note) {
                throw evidence.fork(
                    known: (newest.note, known, newest.checkpoint.root), other: note, charter: charter,
                    what: "The ledger was rolled back: fewer entries were cosigned well after the \(known) that this "
                        + "machine has followed before.")
            }
            throw CofferError(
                .tryLater,
                "The server has \(size + UInt64(entries.count)) entries of the ledger, and this machine has "
                    + "followed \(known) before.", rule: "head.behind",
                hint: "Try again later. If it stays so, the ledger was rolled back: ask an auditor.")
        }
        var tree = try (store as? LedgerDatabase)?.edge() ?? MerkleFrontier()
        for leaf in try store.leaves(from: tree.size, to: size) + entries.map(Merkle.leafHash) where tree.size < known {
            tree.append(leafHash: leaf)
        }
        guard tree.root != newest.checkpoint.root else { return }
        throw evidence.fork(
            known: (newest.note, known, newest.checkpoint.root), other: note, charter: charter,
            what: "The ledger's first \(known) entries are not those that this machine has followed before.")
    }

    /// Whether all cosignatures of a checkpoint are at least an hour later than all of another, so that no clock and no
    /// late copy explains it.
    private static func isLater(_ note: SignedNote, than other: SignedNote) -> Bool {
        let times = note.signatures.compactMap(Cosignature.claimedTime)
        let others = other.signatures.compactMap(Cosignature.claimedTime)
        guard let first = times.min(), let last = others.max() else { return false }
        return first > last + 3_600
    }
}
