package import Files
import Sealing

/// A log's folder while it is made again from entries that others have kept.
///
/// The file `restoring` is there before anything else, and goes last: until then no `LogWriter` opens the folder, for a
/// folder without a head would begin another log under the same key. Interrupted, a restoration begins anew.
package struct LogRestoration: Sendable {
    private static let parts = ["head", "checkpoint", "tile", "charters"]

    private let directory: String
    private let files: any FileSystem
    /// Holds the folder for this process.
    private let lock: any Sendable

    static let marker = "restoring"

    /// Takes a folder that holds no log, or one that was left half restored.
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
            // A ledger that did not start leaves an empty `staging`.
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

    /// The files of an empty log, to be filled and their head to be published: what an earlier attempt left is removed.
    package func begin() throws(LogError) -> TileDirectory {
        do throws(FileError) {
            let durable = Durable(files)
            for name in Self.parts + ["staging"] { try durable.removeAll("\(directory)/\(name)") }
            try durable.removeTemporaries(in: directory)
        } catch {
            throw .file(error)
        }
        // It knows of no directory that has just gone.
        return TileDirectory(path: directory, files: files)
    }

    /// Makes a published head the committed one, as a writer leaves it after its last batch: with the log's line alone,
    /// and nothing staged beyond.
    package func finish(_ published: SignedNote, by ledger: NoteKey) throws(LogError) {
        let lines = published.signatures.filter { ledger.verifies($0, over: published.text) }
        guard let checkpoint = try? Checkpoint(parsing: published.text), !lines.isEmpty,
            let head = try? SignedNote(text: published.text, signatures: lines)
        else { throw .corrupt("The published head does not belong to this log and key.") }
        do throws(FileError) {
            let durable = Durable(files)
            try durable.makeDirectories("\(directory)/staging")
            let batch = StagedBatch(oldSize: checkpoint.size.rawValue, entries: [])
            try durable.write(batch.encoded, to: "\(directory)/staging/\(checkpoint.size)")
            try durable.write(head.encoded, to: "\(directory)/head")
            try files.remove("\(directory)/\(Self.marker)")
            try files.syncDirectory(directory)
        } catch {
            throw .file(error)
        }
    }
}
