package import Glibc
package import Sealing

/// `Durable` on the real disk, for one user's files. It throws errors whose messages people can read.
package enum DurableFile {
    private static let disk = DiskFileSystem()

    /// Writes the whole file and returns once it would survive a power cut. False when the name existed.
    @discardableResult
    package static func write(
        _ bytes: Bytes, to path: String, existing: Durable.Existing = .replace, mode: mode_t = 0o600,
        modified: Milliseconds? = nil
    ) throws(CofferError) -> Bool {
        if existing == .keep, exists(path) { return false }
        return try explained { () throws(FileError) in
            try Durable(disk).write(bytes, to: path, existing: existing, mode: mode, modified: modified)
        }
    }

    /// The whole file; nil when it does not exist. Refuses a file above the limit.
    package static func read(_ path: String, atMost limit: Int) throws(CofferError) -> Bytes? {
        try explained { () throws(FileError) in try disk.read(path, atMost: limit) }
    }

    /// Removes a file durably, or a link, even one that leads nowhere. A missing file, or a missing directory, is not an
    /// error.
    package static func remove(_ path: String) throws(CofferError) {
        do throws(FileError) { try Durable(disk).remove(path) } catch {
            guard error.isMissing else { throw CofferError(error) }
        }
    }

    package static func exists(_ path: String) -> Bool { disk.exists(path) }

    /// Makes a folder, and its parents, for this user only unless another mode is given.
    package static func makeDirectory(_ path: String, mode: mode_t = 0o700) throws(CofferError) {
        if exists(path) { return }
        try explained { () throws(FileError) in
            try Durable(DiskFileSystem(directoryMode: mode)).makeDirectories(path)
        }
    }

    /// The names in a folder, sorted; empty if the folder does not exist.
    package static func names(in folder: String) throws(CofferError) -> [String] {
        try explained { () throws(FileError) in try disk.list(folder) }
    }

    package static func synchronizeDirectory(_ folder: String) throws(CofferError) {
        try explained { () throws(FileError) in try disk.syncDirectory(folder) }
    }

    /// Runs file operations and turns a failure into an error that people can read.
    package static func explained<R>(_ body: () throws(FileError) -> R) throws(CofferError) -> R {
        do throws(FileError) { return try body() } catch { throw CofferError(error) }
    }
}
