import Glibc
package import Sealing
import Synchronization

/// Files that are whole and on the disk once a call returns.
///
/// The calls a write makes, in order: create `.NAME.N.tmp`, write, fsync, rename to NAME, fsync of the directory.
/// After an error the caller must stop and start anew: the page cache may show what the disk does not hold, and a
/// second fsync would not tell (the kernel reports a failed write-back once).
package struct Durable: Sendable {
    package let files: any FileSystem
    /// The directories whose names this process has made durable.
    private let known = Known()
    private static let counter = Atomic<UInt64>(0)

    private final class Known: Sendable {
        let directories = Mutex<Set<String>>([])
    }

    package init(_ files: any FileSystem = DiskFileSystem()) { self.files = files }

    /// Puts the whole file in the place of whatever was there.
    package func write(_ bytes: Bytes, to path: String) throws(FileError) {
        let (directory, name) = Self.split(path)
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        let temporary = "\(directory)/.\(name).\(getpid())-\(number).tmp"
        let file = try files.create(temporary)
        do throws(FileError) {
            try file.write(bytes)
            try file.sync()
            file.close()
            try files.rename(temporary, to: path)
        } catch {
            file.close()
            try? files.remove(temporary)
            throw error
        }
        try files.syncDirectory(directory)
    }

    /// Makes a directory and those above it that are missing, each durably in its parent.
    ///
    /// A directory that is there already may be one that an interrupted process made, so its parent is synced too,
    /// once a process.
    package func makeDirectories(_ path: String) throws(FileError) {
        guard path != "/", path != ".", !known.directories.withLock({ $0.contains(path) }) else { return }
        let parent = Self.split(path).directory
        try makeDirectories(parent)
        let isNew = try files.makeDirectory(path)
        do throws(FileError) {
            try files.syncDirectory(parent)
        } catch {
            if isNew {
                // The next process must make it anew: syncing once more what failed to sync would write nothing.
                try? files.removeDirectory(path)
                throw error
            }
            // A directory above ours that this user cannot open was not made by this user either.
            guard error.operation == .open else { throw error }
        }
        known.directories.withLock { _ = $0.insert(path) }
    }

    /// Removes what interrupted writes left in a directory.
    package func removeTemporaries(in directory: String) throws(FileError) {
        for name in try files.list(directory) where name.hasPrefix(".") && name.hasSuffix(".tmp") {
            try files.remove("\(directory)/\(name)")
        }
    }

    /// Removes a file, or a directory with all that is in it. What is missing is no error.
    package func removeAll(_ path: String) throws(FileError) {
        let names: [String]
        do throws(FileError) { names = try files.list(path) } catch {
            guard error.isMissing else { throw error }
            return try files.remove(path)
        }
        for name in names { try removeAll("\(path)/\(name)") }
        try files.removeDirectory(path)
    }

    package static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = path[..<slash]
        return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
    }
}
