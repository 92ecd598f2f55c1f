package import Sealing

/// The file operations that durability rests on, one value so that tests can stop, fail or lose each of them.
package protocol FileSystem: Sendable {
    /// Creates or empties a file and opens it for writing.
    func create(_ path: String) throws(FileError) -> any OpenFile
    /// The whole file, or nil when there is none.
    func read(_ path: String) throws(FileError) -> Bytes?
    /// Replaces `new` at once.
    func rename(_ old: String, to new: String) throws(FileError)
    /// Makes the names in a directory durable.
    func syncDirectory(_ path: String) throws(FileError)
    /// False when it was there already.
    func makeDirectory(_ path: String) throws(FileError) -> Bool
    /// The names in a directory in order, none when there is no directory.
    func list(_ path: String) throws(FileError) -> [String]
    /// A missing file is no error.
    func remove(_ path: String) throws(FileError)
    /// Removes an empty directory; a missing one is no error.
    func removeDirectory(_ path: String) throws(FileError)
    /// Holds a file for this process alone, until the value is gone.
    func lock(_ path: String) throws(FileError) -> any Sendable
}

/// A file being written.
package protocol OpenFile: Sendable {
    func write(_ bytes: Bytes) throws(FileError)
    func sync() throws(FileError)
    func close()
}
