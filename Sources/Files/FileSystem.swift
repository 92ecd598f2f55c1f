package import Glibc
package import Sealing

/// The file operations that durability depends on. A protocol, so that tests can make each of them stop, fail or be
/// lost.
package protocol FileSystem: Sendable {
    /// Creates a file that does not exist yet and opens it for writing. Without a mode it gets what the user's umask
    /// leaves of 0644; with one, exactly that.
    func create(_ path: String, mode: mode_t?) throws(FileError) -> any OpenFile
    /// The whole file, or nil when it does not exist. Refuses a file above the limit before it allocates memory for it,
    /// and what is no regular file without waiting for it.
    func read(_ path: String, atMost limit: Int) throws(FileError) -> Bytes?
    /// Opens a file to read it piece by piece, with the refusals of `read`; nil when it does not exist.
    func open(_ path: String, atMost limit: Int) throws(FileError) -> (any ReadableFile)?
    /// Renames a file; replaces `new` atomically.
    func rename(_ old: String, to new: String) throws(FileError)
    /// Gives a file a second name. False when that name exists.
    func link(_ old: String, to new: String) throws(FileError) -> Bool
    /// Makes the names in a directory durable.
    func syncDirectory(_ path: String) throws(FileError)
    /// Makes a directory. False when it existed already.
    func makeDirectory(_ path: String) throws(FileError) -> Bool
    /// The names in a directory, in order; empty when it does not exist.
    func list(_ path: String) throws(FileError) -> [String]
    /// Removes a file. A missing one is not an error.
    func remove(_ path: String) throws(FileError)
    /// Removes an empty directory. A missing one is not an error.
    func removeDirectory(_ path: String) throws(FileError)
    /// Locks a file for this process until the returned value is freed.
    func lock(_ path: String) throws(FileError) -> any Sendable
}

extension FileSystem {
    /// By default the whole file, in memory: disks that tests simulate are there anyway.
    package func open(_ path: String, atMost limit: Int) throws(FileError) -> (any ReadableFile)? {
        try read(path, atMost: limit).map(FileInMemory.init)
    }
}

/// A file that is open for writing. It closes when its last reference is freed.
package protocol OpenFile: Sendable {
    func write(_ bytes: Bytes) throws(FileError)
    func sync() throws(FileError)
    /// Sets the modification time.
    func setModified(_ time: Milliseconds) throws(FileError)
}

extension OpenFile {
    /// Does nothing by default: disks that tests simulate keep no times.
    package func setModified(_ time: Milliseconds) throws(FileError) {}
}
