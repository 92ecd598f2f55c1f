package import Glibc
package import Sealing

/// The file operations that durability rests on, one value so that tests can stop, fail or lose each of them.
package protocol FileSystem: Sendable {
    /// Creates a file that does not exist yet and opens it for writing. Without a mode it gets what the user's umask
    /// leaves of 0644; with one, exactly that.
    func create(_ path: String, mode: mode_t?) throws(FileError) -> any OpenFile
    /// The whole file, or nil when there is none. A file above the limit is refused before memory is taken for it.
    func read(_ path: String, atMost limit: Int) throws(FileError) -> Bytes?
    /// Replaces `new` at once.
    func rename(_ old: String, to new: String) throws(FileError)
    /// Gives a file a second name. False when that name is taken.
    func link(_ old: String, to new: String) throws(FileError) -> Bool
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

/// A file being written. It closes with its last reference.
package protocol OpenFile: Sendable {
    func write(_ bytes: Bytes) throws(FileError)
    func sync() throws(FileError)
    /// Sets the modification time.
    func setModified(_ time: Milliseconds) throws(FileError)
}

extension OpenFile {
    /// Disks that tests simulate keep no times.
    package func setModified(_ time: Milliseconds) throws(FileError) {}
}
