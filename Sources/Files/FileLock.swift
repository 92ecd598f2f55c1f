package import Glibc
package import Sealing

/// A lock that one process holds on a file. It ends with `release`, with its last reference or with the process.
package final class FileLock: Sendable {
    private let file: DiskFile

    /// How long `exclusive` waits for another process, in milliseconds. One that hangs must not hang this one.
    package static let patience = 10_000

    /// Takes the lock. While another process holds it, this tries again for so many milliseconds, then throws an error
    /// whose `isHeld` is true.
    package init(_ path: String, mode: mode_t = 0o600, patience: Int = 0) throws(FileError) {
        file = try DiskFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: mode)
        try file.lock(patience: patience)
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

    /// Waits for the lock and holds it while the closure runs. Throws `.tryLater` with rule `file.busy` when another
    /// process does not give it back.
    package static func exclusive<R>(
        _ path: String, patience: Int = patience, _ body: () throws(CofferError) -> R
    ) throws(CofferError) -> R {
        let lock: FileLock
        do throws(FileError) { lock = try FileLock(path, patience: patience) } catch {
            guard error.isHeld else { throw CofferError(error) }
            throw CofferError(
                .tryLater, "Another Coffer process works on the same files and does not finish.", rule: "file.busy",
                hint: "Try again. If it hangs, `coffer lock` ends a keyholder, and `coffer capture off` an agent.")
        }
        defer { lock.release() }
        return try body()
    }
}
