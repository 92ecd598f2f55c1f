import Files
import Synchronization

/// The connections whose request has not come yet. Beyond the bound the oldest is ended, so that a program that connects
/// and says nothing keeps nobody out, and holds few threads.
final class UnreadRequests: Sendable {
    private let most: Int
    /// In the order in which they came.
    private let sockets = Mutex<[LocalSocket]>([])

    init(atMost most: Int) { self.most = most }

    func begin(_ socket: LocalSocket) {
        sockets.withLock { sockets in
            sockets.append(socket)
            if sockets.count > most { sockets.removeFirst().end() }
        }
    }

    func end(_ socket: LocalSocket) { sockets.withLock { $0.removeAll { $0 === socket } } }
}
