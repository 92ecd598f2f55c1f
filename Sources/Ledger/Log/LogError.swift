package import Files

/// Why a log's files could not be opened or written.
package enum LogError: Error, Hashable, Sendable {
    /// A file operation failed: the process must stop, and the next start reads the disk again.
    case file(FileError)
    /// The files do not belong together, or not to this log and key. The value is a sentence that says what is wrong.
    case corrupt(String)
    /// A restoration of this folder was interrupted.
    case restoring
    /// The folder for the restored log already holds a log.
    case notEmpty
    /// The committed checkpoint is not the one that this process committed: there is a second writer.
    case headMoved
    /// An entry is longer than 65,535 bytes, or the batch is empty.
    case badBatch
    /// The checkpoint to publish is not the committed one with the log's signature.
    case notCommitted
}
