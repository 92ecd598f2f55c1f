import Glibc
package import Sealing

/// A stored file that is read piece by piece, so that a large one is never in memory as a whole. It keeps its content
/// when another file takes its name.
package protocol ReadableFile: Sendable {
    var count: Int { get }
    /// Which file this is; nil when that cannot be told.
    var identity: FileIdentity? { get }
    /// Exactly the bytes of a range inside the file.
    func read(_ range: Range<Int>) throws(FileError) -> Bytes
}

/// Tells whether an opened file is the same as an earlier one, with the same content.
package struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let number: UInt64
    let count: Int
    let seconds: Int
    let nanoseconds: Int
}

extension ReadableFile {
    package var contents: Bytes { get throws(FileError) { try read(0..<count) } }

    /// Passes the file's pieces, in order.
    package func forEachPiece(of size: Int, _ take: (Bytes) -> Void) throws(FileError) {
        var start = 0
        while start < count {
            let piece = try read(start..<min(count, start + size))
            start += piece.count
            take(piece)
        }
    }
}

/// A regular file of the real disk, open for reading.
package final class ReadableDiskFile: ReadableFile {
    private let descriptor: Int32
    package let identity: FileIdentity?

    package var count: Int { identity?.count ?? 0 }

    /// Refuses a larger file, and what is no regular file, without waiting for it. `follows` is whether the name may be
    /// a symbolic link.
    package init(_ path: String, atMost limit: Int, follows: Bool = true) throws(FileError) {
        let flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | (follows ? 0 : O_NOFOLLOW)
        descriptor = Int32(try call(.open) { Int(open(path, flags)) })
        var status = stat()
        let result = fstat(descriptor, &status)
        let type = status.st_mode & S_IFMT
        guard result == 0, type == S_IFREG, status.st_size <= limit else {
            let code = result != 0 ? errno : type == S_IFDIR ? EISDIR : type == S_IFREG ? EFBIG : ESPIPE
            close(descriptor)
            throw FileError(.read, code: code)
        }
        identity = FileIdentity(
            device: UInt64(status.st_dev), number: UInt64(status.st_ino), count: Int(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }

    deinit { close(descriptor) }

    package func read(_ range: Range<Int>) throws(FileError) -> Bytes {
        let bytes = try readAll(range.count) { rest, offset in
            pread(descriptor, rest.baseAddress, rest.count, off_t(range.lowerBound + offset))
        }
        // Somebody has cut the file.
        guard bytes.count == range.count else { throw FileError(.read, code: EIO) }
        return bytes
    }
}

/// A file that is in memory.
struct FileInMemory: ReadableFile {
    let bytes: Bytes

    var count: Int { bytes.count }
    var identity: FileIdentity? { nil }

    func read(_ range: Range<Int>) throws(FileError) -> Bytes { Bytes(bytes[range]) }
}
