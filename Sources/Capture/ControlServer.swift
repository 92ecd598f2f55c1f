import Files
import Sealing

/// The agent's control socket: one line per request, one line per answer, only for this user.
///
/// A program that connects and says nothing keeps nobody out: it is closed after a time, and when there is no room, the
/// oldest connection is closed for the newest. A connection that holds a discard stays, since a prompt is open.
final class ControlServer {
    struct Limits: Sendable {
        var connections = 32
        /// The most connections that hold a discard or a veil: the others always have room.
        var discards = 16
        /// The longest wait for a request.
        var idle = Duration.seconds(10)
    }

    /// The agent's handler of a request. Returns the answer, and whether the connection now holds a discard.
    struct ControlReply {
        var line: String
        var isDiscarding = false
        /// Whether no frames are taken from now on until this connection says otherwise; nil changes nothing.
        var isVeiling: Bool?
    }

    private struct Connection {
        let socket: LocalSocket
        var since: ContinuousClock.Instant
        var received = Bytes()
        var isDiscarding = false
        var isVeiling = false

        /// It lasts until its client ends it.
        var isHolding: Bool { isDiscarding || isVeiling }
    }

    /// The longest request in bytes.
    private static let maximumLine = 256

    private let listener: LocalListener
    private let limits: Limits
    /// In the order in which they came.
    private var connections: [Connection] = []

    init(path: String, limits: Limits = Limits()) throws(CofferError) {
        listener = try LocalListener(path, waits: false)
        self.limits = limits
    }

    var descriptors: [Int32] { [listener.descriptor] + connections.map(\.socket.descriptor) }

    /// Whether any connection holds a discard.
    var isDiscarding: Bool { connections.contains { $0.isDiscarding } }

    /// Whether any connection keeps frames from being taken.
    var isVeiling: Bool { connections.contains { $0.isVeiling } }

    /// Whether a connection ended that kept frames from being taken, without saying that they may be taken again.
    private(set) var hasLostVeil = false

    func forgetLostVeil() { hasLostVeil = false }

    /// Accepts connections, answers requests, and removes connections that are closed or say nothing. Never waits.
    func serve(at now: ContinuousClock.Instant, _ answer: (String) -> ControlReply) {
        let earlier = connections
        connections = []
        for connection in earlier { serve(connection, at: now, answer) }
        for _ in 0..<limits.connections {
            guard let socket = listener.accept() else { return }
            serve(Connection(socket: socket, since: now), at: now, answer)
            guard connections.count > limits.connections,
                let oldest = connections.firstIndex(where: { !$0.isHolding })
            else { continue }
            connections.remove(at: oldest)
        }
    }

    /// Answers what has come, and keeps the connection if it goes on.
    private func serve(_ connection: Connection, at now: ContinuousClock.Instant, _ answer: (String) -> ControlReply) {
        var connection = connection
        guard answerRequests(of: &connection, at: now, answer) else {
            hasLostVeil = hasLostVeil || connection.isVeiling
            return
        }
        if connection.isHolding || now < connection.since + limits.idle { connections.append(connection) }
    }

    /// False when the connection has ended.
    private func answerRequests(
        of connection: inout Connection, at now: ContinuousClock.Instant, _ answer: (String) -> ControlReply
    ) -> Bool {
        while let bytes = connection.socket.available() {
            if bytes.isEmpty { return true }
            connection.received += bytes
            while let end = connection.received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: connection.received[..<end], as: UTF8.self)
                connection.received.removeSubrange(...end)
                connection.since = now
                let answer = answer(line)
                if answer.isDiscarding || answer.isVeiling == true, !connection.isHolding {
                    // Without an answer no prompt opens, and nothing is redacted.
                    guard connections.count(where: { $0.isHolding }) < limits.discards else { return false }
                }
                connection.isDiscarding = connection.isDiscarding || answer.isDiscarding
                connection.isVeiling = answer.isVeiling ?? connection.isVeiling
                guard connection.socket.write(line: Array(answer.line.utf8)) else { return false }
            }
            guard connection.received.count <= Self.maximumLine else { return false }
        }
        return false
    }
}
