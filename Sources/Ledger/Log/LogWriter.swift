/// Module Ledger: transparency logs in C2SP formats. It knows entries as bytes and nothing of their meaning.
///
/// It imports only Sealing and Files.
///
/// `SignedNote`, `Checkpoint` and `TlogProof` are the signed formats; `CheckpointPolicy` and `WitnessPolicy` decide
/// which checkpoints are trusted. `Merkle` and `Tree` compute hashes and proofs; `TileDirectory` stores a log as tiles.
/// `LogWriter` appends to a log, `Witness` cosigns the checkpoints of other logs.
///
/// Promises: what parses encodes to the same bytes; a writer publishes only checkpoints whose entries are on the disk,
/// and a witness returns only cosignatures that are on the disk; after a failed write neither goes on before a new
/// start.
package import Files
package import Sealing
import Synchronization

/// Appends to a log in Sunlight's order: it stages the batch durably, compares and swaps the checkpoint, writes the
/// tiles, and only then publishes a checkpoint.
///
/// `committed` is the committed checkpoint, `checkpoint` the published one. After a crash between the two, the staged
/// batch repairs the log. Any failed file operation ends the writer: a later fsync that succeeds would not prove that
/// earlier writes are on the disk.
package final class LogWriter: Sendable {
    package let key: NoteKey
    /// The log's key, then the keys that signed for this log under earlier charters.
    private let keys: [NoteKey]
    package let tiles: TileDirectory
    private let signingKey: SigningKey
    private let store: LogStore
    private let state: Mutex<WriterState>

    struct WriterState: Sendable {
        var edge = TileEdge()
        var committed: SignedNote?
        var failure: LogError?
    }

    /// Opens a log, or makes an empty one, and repairs what an interrupted writer left.
    package init(
        origin: String, key: SigningKey, former: [VerifyingKey] = [], directory: String,
        files: any FileSystem = DiskFileSystem()
    ) throws(LogError) {
        guard let noteKey = NoteKey(name: origin, kind: .ed25519, key: key.publicKey) else {
            throw .corrupt("The origin is not a key's name.")
        }
        self.key = noteKey
        self.keys = [noteKey] + former.compactMap { NoteKey(name: origin, kind: .ed25519, key: $0) }
        self.signingKey = key
        self.store = try LogStore(directory: directory, files: files)
        self.tiles = store.tiles
        self.state = Mutex(try store.recover(keys: keys))
    }

    /// The number of committed entries.
    package var size: UInt64 { state.withLock(\.edge.size) }

    /// The committed checkpoint with the log's signature; nil for an empty log.
    package var committed: SignedNote? { state.withLock(\.committed) }

    /// The empty log's checkpoint, signed but not committed. It says nothing about any entry, so that cosigners can be
    /// asked before the first one is committed.
    package func empty() throws(LogError) -> SignedNote {
        try signed(Checkpoint(origin: key.name, size: 0, root: Merkle.emptyRoot))
    }

    /// The committed tree.
    package var tree: Tree<TileHashes> { tiles.tree(size: size) }

    /// The error that ended this writer, if any.
    package var failure: LogError? { state.withLock(\.failure) }

    /// Commits a batch of entries in order and returns their indices. Does not publish a checkpoint.
    package func append(_ entries: [Bytes]) throws(LogError) -> Range<UInt64> {
        guard !entries.isEmpty, entries.allSatisfy({ $0.count <= EntryBundle.maximumEntry }) else { throw .badBatch }
        return try mutate { state throws(LogError) in
            var edge = state.edge
            let files = edge.append(entries)
            let batch = StagedBatch(oldSize: state.edge.size, entries: entries)
            let committed = try signed(
                Checkpoint(origin: key.name, size: SaturatingUInt64(rawValue: edge.size), root: edge.root))
            try store.commit(batch, committed: committed, over: state.committed, files: files)
            let range = state.edge.size..<edge.size
            state.edge = edge
            state.committed = committed
            return range
        }
    }

    /// Publishes the committed checkpoint with the cosignatures that it has.
    package func publish(_ note: SignedNote) throws(LogError) {
        try mutate { state throws(LogError) in
            guard let committed = state.committed, note.text == committed.text,
                note.signatures.contains(where: { line in keys.contains { $0.verifies(line, over: note.text) } })
            else { throw .notCommitted }
            try store.publish(note)
        }
    }

    /// Keeps a checkpoint over an amendment whose notice has not passed, before that checkpoint is published.
    package func keep(handover note: SignedNote, charter: Int) throws(LogError) {
        try mutate { _ throws(LogError) in
            do throws(FileError) { try tiles.keep(handover: note.encoded, charter: charter) } catch {
                throw .file(error)
            }
        }
    }

    private func signed(_ checkpoint: Checkpoint) throws(LogError) -> SignedNote {
        let text = checkpoint.text
        guard let note = try? SignedNote(text: text, signatures: [key.sign(text, with: signingKey)]) else {
            throw .corrupt("The origin does not fit a note.")
        }
        return note
    }

    /// Runs one change at a time, and no change after a failure.
    private func mutate<R: Sendable>(_ body: (inout WriterState) throws(LogError) -> R) throws(LogError) -> R {
        try state.withLock { state throws(LogError) in
            if let failure = state.failure { throw failure }
            do throws(LogError) {
                return try body(&state)
            } catch {
                if error.isFatal { state.failure = error }
                throw error
            }
        }
    }
}

extension LogError {
    /// Whether the process must stop.
    package var isFatal: Bool {
        switch self {
        case .file, .corrupt, .restoring, .notEmpty, .headMoved: true
        case .badBatch, .notCommitted: false
        }
    }
}
