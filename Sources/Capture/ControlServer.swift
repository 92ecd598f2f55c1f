import Files
import Sealing

/// The agent's control socket: one line per request, one line per answer, only for this user.
final class ControlServer {
    /// The agent's handler of a request. Returns the answer, and whether the connection now holds a discard.
    struct ControlReply {
        var line: String
        var isDiscarding = false
    }

    private struct Connection {
        let socket: LocalSocket
        var received = Bytes()
        var isDiscarding = false
    }

    /// The longest request in bytes.
    private static let maximumLine = 256
    private static let maximumConnections = 32

    private let listener: LocalListener
    private var connections: [Connection] = []

    init(path: String) throws(CofferError) {
        listener = try LocalListener(path, waits: false)
    }

    var descriptors: [Int32] { [listener.descriptor] + connections.map(\.socket.descriptor) }

    /// Whether any connection holds a discard.
    var isDiscarding: Bool { connections.contains { $0.isDiscarding } }

    /// Accepts connections, answers requests, and removes closed connections. Never waits.
    func serve(_ answer: (String) -> ControlReply) {
        while connections.count < Self.maximumConnections, let socket = listener.accept() {
            connections.append(Connection(socket: socket))
        }
        connections = connections.compactMap { connection in
            var connection = connection
            return serve(&connection, answer) ? connection : nil
        }
    }

    /// False when the connection has ended.
    private func serve(_ connection: inout Connection, _ answer: (String) -> ControlReply) -> Bool {
        while let bytes = connection.socket.available() {
            if bytes.isEmpty { return true }
            connection.received += bytes
            while let end = connection.received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: connection.received[..<end], as: UTF8.self)
                connection.received.removeSubrange(...end)
                let answer = answer(line)
                if answer.isDiscarding { connection.isDiscarding = true }
                guard connection.socket.write(line: Array(answer.line.utf8)) else { return false }
            }
            guard connection.received.count <= Self.maximumLine else { return false }
        }
        return false
    }
}
