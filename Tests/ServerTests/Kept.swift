import Sealing
import Synchronization

/// Bytes that a test comes across and looks for later.
final class Kept: Sendable {
    private let bytes = Mutex<[Bytes]>([])
    func add(_ more: [Bytes]) { bytes.withLock { $0 += more } }
    var all: [Bytes] { bytes.withLock { $0 } }
}
