import Files
package import Ledger
import Sealing

/// The newest checkpoint that this machine has ever followed, in a file of its own: a log that is followed again from
/// the beginning must contain it.
///
///     SHA-256 of what follows 32 ‖ the checkpoint's note
package struct NewestCheckpoint: Sendable {
    private let path: String

    package init(path: String) { self.path = path }

    /// Nil before the first one. A file that does not have its form is damaged, and counts as none.
    package func load() -> (note: SignedNote, checkpoint: Checkpoint)? {
        guard let bytes = try? DiskFileSystem().read(path, atMost: 32 + SignedNote.maximumCheckpointCount),
            bytes.count > 32, Hash256(of: Array(bytes[32...])).bytes == Array(bytes[..<32]),
            let note = try? SignedNote(checkpoint: bytes[32...]), let checkpoint = try? Checkpoint(parsing: note.text)
        else { return nil }
        return (note, checkpoint)
    }

    /// Keeps a checkpoint unless one of a larger tree is kept. Processes take turns.
    func keep(_ note: SignedNote) throws(CofferError) {
        guard let size = try? Checkpoint(parsing: note.text).size else { throw .corruptStore }
        if let known = load(), known.checkpoint.size >= size { return }
        try FileLock.exclusive(path + ".lock") { () throws(CofferError) in
            if let known = load(), known.checkpoint.size >= size { return }
            try DurableFile.write(Hash256(of: note.encoded).bytes + note.encoded, to: path)
        }
    }
}
