package import Glibc
package import Sealing

/// An open file on the disk. It closes, and releases its lock, when its last reference is freed.
package final class DiskFile: OpenFile {
    private let descriptor: Int32

    package init(_ path: String, _ flags: Int32, mode: mode_t = 0o644) throws(FileError) {
        let operation: FileError.Operation = flags & O_CREAT == 0 ? .open : .create
        descriptor = Int32(try call(operation) { Int(open(path, flags | O_CLOEXEC, mode)) })
    }

    deinit { close(descriptor) }

    /// Sets the mode without regard to the umask.
    func setMode(_ mode: mode_t) throws(FileError) { try call(.create) { Int(fchmod(descriptor, mode)) } }

    package func setModified(_ time: Milliseconds) throws(FileError) {
        let moment = timespec(
            tv_sec: Int(clamping: Seconds(time).rawValue), tv_nsec: Int(clamping: (time % 1000).rawValue) * 1_000_000)
        try call(.write) { Int(futimens(descriptor, [moment, moment])) }
    }

    package func write(_ bytes: Bytes) throws(FileError) {
        try writeAll(bytes) { rest, _ in Glibc.write(descriptor, rest.baseAddress, rest.count) }
    }

    /// Moves the offset at which the next bytes are written.
    package func seek(_ offset: Int) throws(FileError) { try call(.write) { Int(lseek(descriptor, offset, SEEK_SET)) } }

    package func sync() throws(FileError) { try call(.sync) { Int(fsync(descriptor)) } }

    /// Reads everything from the start. Refuses a larger file before it allocates memory for it. What a person names may
    /// be a pipe.
    package func contents(atMost limit: Int) throws(FileError) -> Bytes {
        var status = stat()
        try call(.read) { Int(fstat(descriptor, &status)) }
        let type = status.st_mode & S_IFMT
        guard type != S_IFDIR else { throw FileError(.read, code: EISDIR) }
        // A pipe has no size, so read one byte beyond the limit to find out whether it holds too much.
        let room = type == S_IFREG ? Int(status.st_size) : limit + 1
        guard type != S_IFREG || room <= limit else { throw FileError(.read, code: EFBIG) }
        lseek(descriptor, 0, SEEK_SET)
        let bytes = try readAll(room) { rest, _ in Glibc.read(descriptor, rest.baseAddress, rest.count) }
        guard bytes.count <= limit else { throw FileError(.read, code: EFBIG) }
        return bytes
    }

    /// Takes the file's lock: LOCK_EX or LOCK_SH. With LOCK_NB it does not wait for another holder.
    package func lock(_ kind: Int32) throws(FileError) { try call(.lock) { Int(flock(descriptor, kind)) } }

    /// Takes the exclusive lock. While another process holds it, this tries again for so many milliseconds.
    func lock(patience: Int) throws(FileError) {
        let limit = ContinuousClock.now + .milliseconds(patience)
        while true {
            do throws(FileError) { return try lock(LOCK_EX | LOCK_NB) } catch {
                guard error.isHeld, ContinuousClock.now < limit else { throw error }
            }
            usleep(5_000)
        }
    }

    /// Sets aside blocks for so many bytes from the start.
    func allocate(_ count: Int) throws(FileError) {
        let code = posix_fallocate(descriptor, 0, off_t(count))
        guard code == 0 else { throw FileError(.write, code: code) }
    }

    func unlock() { flock(descriptor, LOCK_UN) }

    /// Whether the file's name was removed.
    package var isRemoved: Bool {
        var status = stat()
        return fstat(descriptor, &status) != 0 || status.st_nlink == 0
    }
}
