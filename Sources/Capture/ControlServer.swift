import Files
import Glibc
import Sealing

/// The agent's control socket: one line a request, one line an answer, for this user only.
final class ControlServer {
    /// What the agent does about a request; the answer, and whether the connection now holds a discard.
    struct ControlReply {
        var line: String
        var isDiscarding = false
    }

    private struct Connection {
        let file: Int32
        var received: [UInt8] = []
        var isDiscarding = false
    }

    /// The longest request.
    private static let maximumLine = 256
    private static let maximumConnections = 32

    private let path: String
    private let listener: Int32
    private var connections: [Connection] = []

    init(path: String) throws(CofferError) {
        self.path = path
        listener = try UnixSocket.listen(at: path)
    }

    deinit {
        for connection in connections { close(connection.file) }
        close(listener)
        unlink(path)
    }

    var descriptors: [Int32] { [listener] + connections.map(\.file) }

    /// Whether some connection holds a discard.
    var isDiscarding: Bool { connections.contains { $0.isDiscarding } }

    /// Takes new connections, answers what was asked, forgets those that are closed. Never waits.
    func serve(_ answer: (String) -> ControlReply) {
        while connections.count < Self.maximumConnections {
            let file = accept(listener, nil, nil)
            guard file >= 0 else { break }
            _ = fcntl(file, F_SETFD, FD_CLOEXEC)
            _ = fcntl(file, F_SETFL, O_NONBLOCK)
            if UnixSocket.isOwn(file) { connections.append(Connection(file: file)) } else { close(file) }
        }
        connections = connections.compactMap { connection in
            var connection = connection
            if serve(&connection, answer) { return connection }
            close(connection.file)
            return nil
        }
    }

    /// False when the connection is over.
    private func serve(_ connection: inout Connection, _ answer: (String) -> ControlReply) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 512)
        while true {
            let count = read(connection.file, &bytes, bytes.count)
            if count == 0 { return false }
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            connection.received += bytes.prefix(count)
            while let end = connection.received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: connection.received[..<end], as: UTF8.self)
                connection.received.removeSubrange(...end)
                let answer = answer(line)
                if answer.isDiscarding { connection.isDiscarding = true }
                guard UnixSocket.send(answer.line + "\n", to: connection.file) else { return false }
            }
            guard connection.received.count <= Self.maximumLine else { return false }
        }
    }
}
