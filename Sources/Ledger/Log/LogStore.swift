import Files
import Sealing

/// A log's files: `lock`, `staging/<size>`, `head`, `tile/…`, `checkpoint`; `restoring` while they are restored.
struct LogStore: Sendable {
    let tiles: TileDirectory
    private let directory: String
    private let durable: Durable
    private let lock: any Sendable

    init(directory: String, files: any FileSystem) throws(LogError) {
        self.directory = directory
        self.durable = Durable(files)
        self.tiles = TileDirectory(path: directory, files: files)
        do throws(FileError) {
            try durable.makeDirectories("\(directory)/staging")
            lock = try files.lock("\(directory)/lock")
        } catch {
            throw .file(error)
        }
    }

    /// Stages the batch, compares and swaps the checkpoint, writes the tiles, then removes the files that the batch has
    /// replaced.
    func commit(_ batch: StagedBatch, committed: SignedNote, over old: SignedNote?, files: [TileFile]) throws(LogError)
    {
        let size = batch.oldSize + UInt64(batch.entries.count)
        try io { () throws(FileError) in try durable.write(batch.encoded, to: "\(directory)/staging/\(size)") }
        let stored = try read("head", atMost: SignedNote.maximumCheckpointCount)
        guard stored == old?.encoded else { throw .headMoved }
        try io { () throws(FileError) in
            try durable.write(committed.encoded, to: "\(directory)/head")
            try tiles.write(files)
            try clean(keeping: size, files: files)
        }
    }

    func publish(_ note: SignedNote) throws(LogError) {
        try io { () throws(FileError) in try tiles.publish(checkpoint: note.encoded) }
    }

    /// Returns the state from which a writer starts. Rewrites what the last writer may have left only in the page
    /// cache: the checkpoint, the batch that it commits to, and the published checkpoint.
    func recover(keys: [NoteKey]) throws(LogError) -> LogWriter.WriterState {
        guard try read(LogRestoration.marker, atMost: 4096) == nil else { throw .restoring }
        try io { () throws(FileError) in
            try durable.removeTemporaries(in: directory)
            try durable.removeTemporaries(in: "\(directory)/staging")
        }
        let published = try note("checkpoint", keys: keys)
        guard let (committed, checkpoint) = try note("head", keys: keys) else {
            guard published == nil else {
                throw .corrupt("There is a published checkpoint but no committed one: the file `head` is missing.")
            }
            return LogWriter.WriterState()
        }
        let batch = try stagedBatch(size: checkpoint.size.rawValue)
        try io { () throws(FileError) in
            try durable.write(batch.encoded, to: "\(directory)/staging/\(checkpoint.size)")
            try durable.write(committed.encoded, to: "\(directory)/head")
        }
        var edge: TileEdge
        do {
            edge = try TileEdge(reading: tiles, size: batch.oldSize)
        } catch {
            throw .corrupt("A tile at the edge of the log is missing or damaged: restore it from a mirror.")
        }
        let files = edge.append(batch.entries)
        guard edge.root == checkpoint.root else {
            throw .corrupt("The tiles do not hash to the committed checkpoint: restore them from a mirror.")
        }
        try io { () throws(FileError) in
            try tiles.write(files)
            try clean(keeping: checkpoint.size.rawValue, files: files)
        }
        if let (note, earlier) = published { try check(note, earlier, precedes: checkpoint) }
        return LogWriter.WriterState(edge: edge, committed: committed)
    }

    /// The published checkpoint must be a prefix of the committed one.
    private func check(_ note: SignedNote, _ published: Checkpoint, precedes committed: Checkpoint) throws(LogError) {
        guard published.size <= committed.size,
            (try? tiles.tree(size: committed.size.rawValue).root(at: published.size.rawValue)) == published.root
        else {
            throw .corrupt("The published checkpoint is not part of the committed log: the disk holds an older log.")
        }
        try publish(note)
    }

    private func stagedBatch(size: UInt64) throws(LogError) -> StagedBatch {
        let bytes = try read("staging/\(size)", atMost: StagedBatch.maximumCount)
        guard let bytes, let batch = try? StagedBatch(parsing: bytes),
            batch.oldSize + UInt64(batch.entries.count) == size
        else { throw .corrupt("The batch that the committed checkpoint names is missing or damaged.") }
        return batch
    }

    private func note(_ name: String, keys: [NoteKey]) throws(LogError) -> (SignedNote, Checkpoint)? {
        guard let bytes = try read(name, atMost: SignedNote.maximumCheckpointCount) else { return nil }
        guard let note = try? SignedNote(checkpoint: bytes), let checkpoint = try? Checkpoint(parsing: note.text),
            checkpoint.origin.hasSameBytes(as: keys[0].name),
            note.signatures.contains(where: { line in keys.contains { $0.verifies(line, over: note.text) } })
        else { throw .corrupt("The file `\(name)` does not belong to this log and key.") }
        return (note, checkpoint)
    }

    /// Removes earlier staged batches, and the partial tiles that full ones have replaced.
    private func clean(keeping size: UInt64, files: [TileFile]) throws(FileError) {
        for name in try durable.files.list("\(directory)/staging") where name != String(size) {
            try durable.files.remove("\(directory)/staging/\(name)")
        }
        for file in files where !file.path.isPartial { try tiles.removePartials(of: file.path) }
    }

    private func read(_ name: String, atMost limit: Int) throws(LogError) -> Bytes? {
        try io { () throws(FileError) in try durable.files.read("\(directory)/\(name)", atMost: limit) }
    }

    @discardableResult
    private func io<R>(_ body: () throws(FileError) -> R) throws(LogError) -> R {
        do {
            return try body()
        } catch {
            throw .file(error)
        }
    }
}
