import Glibc
package import Sealing

/// A file that has lost its name, for bytes that need not survive: the system frees it with its last descriptor. Put only
/// sealed bytes into it.
package final class SpoolFile {
    private let descriptor: Int32
    private var count = 0

    package init(in directory: String) throws(FileError) {
        let name = "\(directory)/.spool-\(Hex.encode(Random.bytes(8)))"
        descriptor = Int32(
            try call(.create) { Int(open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)) })
        _ = unlink(name)
    }

    deinit { close(descriptor) }

    package func append(_ bytes: Bytes) throws(FileError) -> Range<Int> {
        try writeAll(bytes) { rest, offset in pwrite(descriptor, rest.baseAddress, rest.count, count + offset) }
        defer { count += bytes.count }
        return count..<count + bytes.count
    }

    package func read(_ range: Range<Int>) throws(FileError) -> Bytes {
        let bytes = try readAll(range.count) { rest, offset in
            pread(descriptor, rest.baseAddress, rest.count, range.lowerBound + offset)
        }
        guard bytes.count == range.count else { throw FileError(.read, code: EIO) }
        return bytes
    }
}
