package import Messages
import Sealing
import Synchronization

/// A job's open session with a broker. One task uses it at a time.
package final class OpenSession: Sendable {
    private let session: Mutex<AskingSession>

    init(_ session: consuming AskingSession) { self.session = Mutex(session) }

    /// The tree that the broker signed last.
    package var tree: SessionHead.Tree { session.withLock { $0.tree } }

    func send(_ message: SessionMessage) throws(CofferError) -> Bytes {
        try session.withLock { session throws(CofferError) in try session.send(message) }
    }

    func receive(_ box: Bytes, masks: Int) throws(CofferError) -> [[Bytes]] {
        try session.withLock { session throws(CofferError) in try session.receive(box, masks: masks).partials }
    }
}
