import Glibc
package import Sealing

/// Writes to a descriptor that this process did not open: stdout, stderr, or a pipe to a child.
package enum StreamOutput {
    /// Writes all bytes, or throws the system's error: a short write is repeated, and one that fails is never silent.
    package static func write(_ bytes: Bytes, to descriptor: Int32) throws(FileError) {
        try write(bytes[...], to: descriptor)
    }

    package static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count > 0 {
                written += count
            } else if count == 0 {
                throw FileError(.write, code: EIO)
            } else if errno == EAGAIN {
                try waitUntilWritable(descriptor)
            } else if errno != EINTR {
                throw FileError(.write, code: errno)
            }
        }
    }

    /// Waits for a pipe that another process made non-blocking.
    private static func waitUntilWritable(_ descriptor: Int32) throws(FileError) {
        var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&event, 1, -1) >= 0 || errno == EINTR else { throw FileError(.write, code: errno) }
    }
}
