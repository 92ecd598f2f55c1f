package import Glibc
package import Sealing

/// A lock that one process holds on a file. It ends with `release`, with its last reference or with the process.
package final class FileLock: Sendable {
    private let file: DiskFile

    /// Takes the lock. While another process holds it, this waits, or throws an error whose `isHeld` is true.
    package init(_ path: String, mode: mode_t = 0o600, waits: Bool = false) throws(FileError) {
        file = try DiskFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: mode)
        try file.lock(waits ? LOCK_EX : LOCK_EX | LOCK_NB)
    }

    package func release() { file.unlock() }

    /// Whether a process holds the lock. A missing file is not held.
    package static func isHeld(_ path: String) throws(FileError) -> Bool {
        do throws(FileError) {
            try DiskFile(path, O_RDWR | O_NOFOLLOW).lock(LOCK_SH | LOCK_NB)
            return false
        } catch {
            guard error.isHeld || error.code == ENOENT else { throw error }
            return error.isHeld
        }
    }

    /// Waits for the lock and holds it while the closure runs.
    package static func exclusive<R>(_ path: String, _ body: () throws(CofferError) -> R) throws(CofferError) -> R {
        let lock: FileLock
        do throws(FileError) { lock = try FileLock(path, waits: true) } catch { throw CofferError(error) }
        defer { lock.release() }
        return try body()
    }
}
