/// Module Files: the file system and the local socket, for all modules that store something.
///
/// It imports only Sealing and `CLinux`.
///
/// `FileSystem` and `OpenFile` are the operations, `DiskFileSystem` the real ones; tests pass a disk with faults.
/// `Durable` writes over them; `DurableFile` does so for one user's files, with errors for people. `SecretFile` reads
/// and writes keys, `FileLock` keeps other processes out, `LocalListener` and `LocalSocket` connect processes of one
/// user in a `RuntimeDirectory` of that user alone. `InputFile` and `OutputFile` are what a person names, pipes too;
/// `StreamOutput` writes to a descriptor.
///
/// Promises: when a write returns, the whole file survives a power cut; `write` never shows half a file under its name;
/// every read of a file has a limit; no `FileError` names a path.
package import Glibc
package import Sealing
import Synchronization

/// Writes files that are complete and on the disk when the call returns.
///
/// The system calls of a write, in order: create `.NAME.RANDOM.tmp`, write, fsync, rename to NAME, fsync of the
/// directory. After an error the caller must stop and start again: the page cache may show data that is not on the
/// disk, and a second fsync would not report it (the kernel reports a failed write-back once).
package struct Durable: Sendable {
    /// What to do when the name exists.
    package enum Existing: Sendable {
        case replace
        /// Keep the existing file; the write returns false.
        case keep
    }

    package let files: any FileSystem
    /// The directories whose names this process has made durable.
    private let known = Known()

    private final class Known: Sendable {
        let directories = Mutex<Set<String>>([])
    }

    package init(_ files: any FileSystem = DiskFileSystem()) { self.files = files }

    /// Writes the whole file under the name. False when the name existed and was kept.
    @discardableResult
    package func write(
        _ bytes: Bytes, to path: String, existing: Existing = .replace, mode: mode_t? = nil,
        modified: Milliseconds? = nil
    ) throws(FileError) -> Bool {
        let (directory, name) = Self.split(path)
        // Two processes, or two machines on a shared disk, may write the same name. A long name is cut to make room.
        let number = UInt64.random(in: 0 ... .max)
        let temporary = "\(directory)/.\(name.prefix(40)).\(String(number, radix: 16)).tmp"
        try fill(temporary, with: bytes, mode: mode, modified: modified)
        do throws(FileError) {
            switch existing {
            case .replace: try files.rename(temporary, to: path)
            case .keep:
                // A link fails when the name exists; a rename would replace it.
                let isLinked = try files.link(temporary, to: path)
                try? files.remove(temporary)
                guard isLinked else { return false }
            }
        } catch {
            try? files.remove(temporary)
            throw error
        }
        try files.syncDirectory(directory)
        return true
    }

    /// Writes a new file directly under its name. Throws EEXIST when the name exists.
    package func create(_ bytes: Bytes, at path: String, mode: mode_t) throws(FileError) {
        try fill(path, with: bytes, mode: mode, modified: nil)
        try files.syncDirectory(Self.split(path).directory)
    }

    private func fill(_ path: String, with bytes: Bytes, mode: mode_t?, modified: Milliseconds?) throws(FileError) {
        let file = try files.create(path, mode: mode)
        do throws(FileError) {
            try file.write(bytes)
            if let modified { try file.setModified(modified) }
            try file.sync()
        } catch {
            try? files.remove(path)
            throw error
        }
    }

    /// Removes a file durably. A missing file is not an error.
    package func remove(_ path: String) throws(FileError) {
        try files.remove(path)
        try files.syncDirectory(Self.split(path).directory)
    }

    /// Makes a directory and its missing parents, each durably.
    ///
    /// An existing directory may come from an interrupted process, so its parent is synced too, once per process.
    package func makeDirectories(_ path: String) throws(FileError) {
        guard path != "/", path != ".", !known.directories.withLock({ $0.contains(path) }) else { return }
        let parent = Self.split(path).directory
        try makeDirectories(parent)
        let isNew = try files.makeDirectory(path)
        do throws(FileError) {
            try files.syncDirectory(parent)
        } catch {
            if isNew {
                // A second sync after a failed one would write nothing, so the next process must make it again.
                try? files.removeDirectory(path)
                throw error
            }
            // This user did not make a parent directory that this user cannot open. Some read-only file systems have no
            // fsync.
            guard error.operation == .open || error.code == EINVAL else { throw error }
        }
        known.directories.withLock { _ = $0.insert(path) }
    }

    /// Removes the temporary files of interrupted writes in a directory.
    package func removeTemporaries(in directory: String) throws(FileError) {
        for name in try files.list(directory) where name.hasPrefix(".") && name.hasSuffix(".tmp") {
            try files.remove("\(directory)/\(name)")
        }
    }

    /// Removes a file, or a directory with its contents. A missing one is not an error.
    package func removeAll(_ path: String) throws(FileError) {
        let names: [String]
        do throws(FileError) { names = try files.list(path) } catch {
            guard error.isMissing else { throw error }
            return try files.remove(path)
        }
        for name in names { try removeAll("\(path)/\(name)") }
        try files.removeDirectory(path)
    }

    /// A path's directory and its last name.
    package static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = path[..<slash]
        return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
    }
}
