package import Files

/// Why a log's own files could not be opened or written.
package enum LogError: Error, Hashable, Sendable {
    /// A file operation failed: the process must stop, the disk is read anew at the next start.
    case file(FileError)
    /// The files do not belong together, or not to this log and key; what is wrong, in a sentence.
    case corrupt(String)
    /// The folder is being restored: whoever did so was interrupted.
    case restoring
    /// The folder that a log is to be restored into holds one.
    case notEmpty
    /// The committed head is not the one that this process committed: a second writer.
    case headMoved
    /// An entry is longer than 65,535 bytes, or the batch is empty.
    case badBatch
    /// The head to be published is not the committed one with the log's signature.
    case notCommitted
}
