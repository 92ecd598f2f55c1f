package import Files
import Sealing

/// Rebuilds a log's folder from entries that others have kept.
///
/// The file `restoring` is made first and removed last. While it exists, no `LogWriter` opens the folder: a folder
/// without a checkpoint would begin another log under the same key. After an interruption a restoration starts from the
/// beginning.
package struct LogRestoration: Sendable {
    private static let parts = ["head", "checkpoint", "tile", "charters"]

    private let directory: String
    private let files: any FileSystem
    /// Locks the folder for this process.
    private let lock: any Sendable

    static let marker = "restoring"

    /// Takes a folder that holds no log, or a partly restored one.
    package init(directory: String, files: any FileSystem = DiskFileSystem()) throws(LogError) {
        self.directory = directory
        self.files = files
        let durable = Durable(files)
        let marker = "\(directory)/\(Self.marker)"
        let isFree: Bool
        do throws(FileError) {
            try durable.makeDirectories(directory)
            lock = try files.lock("\(directory)/lock")
            let names = try files.list(directory)
            // A ledger whose start failed leaves an empty `staging`.
            let staged = try files.list("\(directory)/staging")
            isFree = names.contains(Self.marker) || staged.isEmpty && !names.contains(where: Self.parts.contains)
        } catch {
            throw .file(error)
        }
        guard isFree else { throw .notEmpty }
        do throws(FileError) {
            try durable.write(
                Array("The log in this folder is being restored, and is not whole yet.\n".utf8), to: marker)
        } catch {
            throw .file(error)
        }
    }

    /// Removes what an earlier attempt left, and returns an empty log's files, to be filled and published.
    package func begin() throws(LogError) -> TileDirectory {
        do throws(FileError) {
            let durable = Durable(files)
            for name in Self.parts + ["staging"] { try durable.removeAll("\(directory)/\(name)") }
            try durable.removeTemporaries(in: directory)
        } catch {
            throw .file(error)
        }
        // A new value, since it remembers no directory that was just removed.
        return TileDirectory(path: directory, files: files)
    }

    /// Makes a published checkpoint the committed one, in the form that a writer leaves after its last batch: only the
    /// log's signature line, and no later batch staged.
    package func finish(_ published: SignedNote, by ledger: NoteKey) throws(LogError) {
        let lines = published.signatures.filter { ledger.verifies($0, over: published.text) }
        guard let checkpoint = try? Checkpoint(parsing: published.text), !lines.isEmpty,
            let committed = try? SignedNote(text: published.text, signatures: lines)
        else { throw .corrupt("The published checkpoint does not belong to this log and key.") }
        do throws(FileError) {
            let durable = Durable(files)
            try durable.makeDirectories("\(directory)/staging")
            let batch = StagedBatch(oldSize: checkpoint.size.rawValue, entries: [])
            try durable.write(batch.encoded, to: "\(directory)/staging/\(checkpoint.size)")
            try durable.write(committed.encoded, to: "\(directory)/head")
            try files.remove("\(directory)/\(Self.marker)")
            try files.syncDirectory(directory)
        } catch {
            throw .file(error)
        }
    }
}
