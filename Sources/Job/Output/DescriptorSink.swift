import Glibc
package import Sealing

/// A sink that is a file descriptor, usually standard output or the standard input of a child.
package final class DescriptorSink: ByteSink {
    private let descriptor: Int32

    /// The caller still owns the descriptor and closes it.
    package init(_ descriptor: Int32) { self.descriptor = descriptor }

    package func write(_ bytes: Bytes) throws(CofferError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0 {
                switch errno {
                case EINTR: continue
                case EAGAIN: try waitUntilWritable()
                case EPIPE: throw CofferError(.no, "The stream's reader closed it before the end.")
                case ENOSPC: throw CofferError(.configuration, "There is no space left for the stream's output.")
                default: throw CofferError(.configuration, "The stream cannot be written.")
                }
            } else {
                written += count
            }
        }
    }

    /// Waits for a pipe that another process made non-blocking.
    private func waitUntilWritable() throws(CofferError) {
        var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&event, 1, -1) >= 0 || errno == EINTR else {
            throw CofferError(.configuration, "The stream cannot be written.")
        }
    }
}
