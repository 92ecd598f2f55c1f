import Glibc
package import Sealing

/// A lock that processes take on a file, for as long as the closure runs. It goes with its holder.
package enum FileLock {
    package static func exclusive<R>(_ path: String, _ body: () throws(CofferError) -> R) throws(CofferError) -> R {
        let file = try acquire(path)
        defer { close(file) }
        return try body()
    }

    /// The descriptor holds the lock until it is closed.
    package static func acquire(_ path: String) throws(CofferError) -> Int32 {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw DurableFile.failure("made") }
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let failure = DurableFile.failure("locked")
                close(file)
                throw failure
            }
        }
        return file
    }
}
