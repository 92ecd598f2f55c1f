import Files
import Glibc
package import Sealing

/// A sink that is a file descriptor, usually standard output or the standard input of a child.
package final class DescriptorSink: ByteSink {
    private let descriptor: Int32

    /// The caller still owns the descriptor and closes it.
    package init(_ descriptor: Int32) { self.descriptor = descriptor }

    package func write(_ bytes: ArraySlice<UInt8>) throws(CofferError) {
        do throws(FileError) { try StreamOutput.write(bytes, to: descriptor) } catch {
            switch error.code {
            case EPIPE: throw CofferError(.no, "The stream's reader closed it before the end.")
            case _ where error.isFull:
                throw CofferError(.configuration, "There is no space left for the stream's output.")
            default: throw CofferError(.configuration, "The stream cannot be written: \(error.reason).")
            }
        }
    }
}
