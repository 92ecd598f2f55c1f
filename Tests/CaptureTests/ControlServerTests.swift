import CofferTestKit
import Files
import Sealing
import Testing

@testable import Capture

/// The agent's socket before programs that connect and say nothing.
@Suite("Control server")
struct ControlServerTests {
    private let room: TemporaryDirectory
    private let path: String
    private let start = ContinuousClock.now

    init() throws {
        room = try TemporaryDirectory()
        path = room.path + "/agent.sock"
    }

    private func server(_ change: (inout ControlServer.Limits) -> Void = { _ in }) throws -> ControlServer {
        var limits = ControlServer.Limits()
        change(&limits)
        return try ControlServer(path: path, limits: limits)
    }

    private func connect() throws -> LocalSocket { try #require(try LocalSocket.connect(path, seconds: 5)) }

    private func answer(_ line: String) -> ControlServer.ControlReply {
        .init(line: "ok \(line)", isDiscarding: line == "discard")
    }

    /// Asks on a new connection, while the server has its turns.
    private func ask(_ request: String, _ server: ControlServer, after seconds: Int = 0) throws -> (
        answer: String?, socket: LocalSocket
    ) {
        let socket = try connect()
        #expect(socket.write(line: Bytes(request.utf8)))
        server.serve(at: start + .seconds(seconds), answer)
        socket.setTimeout(seconds: 1)
        return (socket.readLine().map { String(decoding: $0, as: UTF8.self) }, socket)
    }

    @Test("A hundred connections that say nothing do not keep a request out: the oldest are closed")
    func silence() throws {
        let server = try server { $0.idle = .seconds(3_600) }
        var silent: [LocalSocket] = []
        for _ in 0..<100 {
            silent.append(try connect())
            if silent.count % 20 == 0 { server.serve(at: start, answer) }
        }
        #expect(try ask("pause", server).answer == "ok pause")
        #expect(server.descriptors.count == 33)
        #expect(silent[0].readLine() == nil)
        // Those that stay are served, too.
        #expect(silent[99].write(line: Bytes("stop".utf8)))
        server.serve(at: start, answer)
        #expect(silent[99].readLine() == Bytes("ok stop".utf8))
    }

    @Test("A connection that says nothing is closed after its time; one that asks goes on")
    func idle() throws {
        let server = try server { $0.idle = .seconds(10) }
        let silent = try connect()
        let partial = try connect()
        #expect(partial.send(Bytes("sta".utf8)))
        let asking = try ask("status", server).socket
        server.serve(at: start + .milliseconds(9_999), answer)
        #expect(server.descriptors.count == 4)
        #expect(asking.write(line: Bytes("status".utf8)))
        server.serve(at: start + .seconds(10), answer)
        #expect(server.descriptors.count == 2)
        #expect(silent.readLine() == nil && partial.readLine() == nil)
        #expect(asking.readLine() == Bytes("ok status".utf8))
        server.serve(at: start + .seconds(20), answer)
        #expect(server.descriptors.count == 1)
    }

    @Test("A discard holds as long as its connection: neither time nor newer connections end it")
    func discards() throws {
        let server = try server {
            ($0.connections, $0.discards) = (4, 2)
        }
        var prompt: LocalSocket? = try ask("discard", server).socket
        let second = try ask("discard", server)
        #expect(second.answer == "ok discard")
        // Without an answer no prompt opens; what others ask for has room.
        let third = try ask("discard", server)
        #expect(third.answer == nil && third.socket.readLine() == nil)
        var silent: [LocalSocket] = []
        for _ in 0..<10 { silent.append(try connect()) }
        for _ in 0..<3 { server.serve(at: start, answer) }
        #expect(try ask("pause", server, after: 3_600).answer == "ok pause")
        #expect(server.isDiscarding)
        prompt = nil
        server.serve(at: start, answer)
        #expect(prompt == nil && server.isDiscarding)
        second.socket.end()
        server.serve(at: start, answer)
        #expect(!server.isDiscarding)
    }
}
