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
        var written = 0
        while written < bytes.count {
            let more = try call(.write) {
                bytes.withUnsafeBytes { buffer in
                    let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                    return pwrite(descriptor, rest.baseAddress, rest.count, count + written)
                }
            }
            guard more > 0 else { throw FileError(.write, code: EIO) }
            written += more
        }
        defer { count += bytes.count }
        return count..<count + bytes.count
    }

    package func read(_ range: Range<Int>) throws(FileError) -> Bytes {
        var failure: FileError?
        let bytes = Bytes(unsafeUninitializedCapacity: range.count) { buffer, filled in
            do throws(FileError) {
                while filled < range.count {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                    let more = try call(.read) {
                        pread(descriptor, rest.baseAddress, rest.count, range.lowerBound + filled)
                    }
                    guard more > 0 else { throw FileError(.read, code: EIO) }
                    filled += more
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
