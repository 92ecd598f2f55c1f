import Glibc
package import Sealing

/// Small files that hold a secret: read into memory that is wiped, written with mode 0600 and never over another.
package enum SecretFile {
    /// The largest such file.
    package static let maximumCount = 16_384

    /// Hands the file's bytes to `body` and wipes them afterwards. The pointer is good inside the closure only.
    package static func read<R>(_ path: String, _ body: (UnsafeRawBufferPointer) throws(CofferError) -> R)
        throws(CofferError) -> R
    {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw CofferError(.configuration, "There is no file \(path).") }
            throw CofferError(.configuration, "Cannot read \(path): \(Self.reason()).")
        }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: maximumCount + 1, alignment: 16)
        defer {
            if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
            buffer.deallocate()
        }
        var count = 0
        while count < buffer.count {
            let got = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw CofferError(.configuration, "Cannot read \(path): \(Self.reason()).") }
            if got == 0 { break }
            count += got
        }
        guard count <= maximumCount else { throw CofferError(.configuration, "\(path) is too large to be a key.") }
        return try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }

    /// Creates the file with these bytes, readable by its owner alone, and syncs it and its directory.
    package static func create(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(CofferError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST {
                throw CofferError(.configuration, "\(path) already exists; a key is never written over.")
            }
            throw CofferError(.configuration, "Cannot create \(path): \(Self.reason()).")
        }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let put = write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw CofferError(.configuration, "Cannot write \(path): \(Self.reason()).") }
            written += put
        }
        guard fsync(descriptor) == 0 else {
            throw CofferError(.configuration, "Cannot write \(path): \(Self.reason()).")
        }
        try syncDirectory(of: path)
    }

    /// Makes a new name in the file's directory durable.
    static func syncDirectory(of path: String) throws(CofferError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CofferError(.configuration, "Cannot open \(directory): \(Self.reason()).")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw CofferError(.configuration, "Cannot sync \(directory): \(Self.reason()).")
        }
    }

    /// What the system call said, for people.
    private static func reason() -> String { String(cString: strerror(errno)) }
}
