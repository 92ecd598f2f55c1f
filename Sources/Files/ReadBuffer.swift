import Sealing
import Synchronization

/// Reads lines from a stream and keeps the bytes that were read ahead.
///
/// It reads the first line one byte at a time (`isFirst`), so that secrets that follow the first line never enter the
/// buffer.
final class ReadBuffer: Sendable {
    private struct Buffered {
        var bytes = Bytes()
        var isFirst = true
    }

    private let state = Mutex(Buffered())

    func line(atMost limit: Int, receive: (UnsafeMutableRawBufferPointer) -> Int) -> Bytes? {
        state.withLock { state in
            var scanned = 0
            while true {
                if let end = state.bytes[scanned...].firstIndex(of: 10) {
                    let line = Array(state.bytes[..<end])
                    state.bytes.removeSubrange(...end)
                    return line
                }
                scanned = state.bytes.count
                guard scanned <= limit else { return nil }
                let chunk = state.isFirst ? 1 : 65_536
                let got = Bytes(unsafeUninitializedCapacity: chunk) { buffer, count in
                    count = max(0, receive(UnsafeMutableRawBufferPointer(buffer)))
                }
                guard !got.isEmpty else { return nil }
                if got.contains(10) { state.isFirst = false }
                state.bytes += got
            }
        }
    }
}
