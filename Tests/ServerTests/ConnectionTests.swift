import Client
import Hummingbird
import Messages
import Sealing
import Synchronization
import Testing

/// A client before a server that takes no connections.
@Suite("Connections", .timeLimit(.minutes(15)))
struct ConnectionTests {
    @Test(
        "A URL that nobody can reach, as an old log can hold one, is no answer and ends no process",
        arguments: [
            "http://127.0.0.1:99999/checkpoint", "http://127.0.0.1:65536/", "http://127.0.0.1:0/", "ftp://a/", "",
        ])
    func impossibleURLs(url: String) async {
        let connection = HTTPConnection(starting: .zero)
        await #expect(throws: CofferError(.tryLater, "")) { try await connection.get(url, atMost: 10) }
        await #expect(throws: CofferError(.tryLater, "")) { try await connection.post(url, [1], atMost: 10) }
    }

    @Test("A GET that is refused a connection fails at once; a POST begun before it waits for the server to start")
    func refused() async throws {
        let router = Router()
        router.post("hello") { _, _ in "hello" }
        router.get("hellos") { _, _ in "hello, hello" }
        let freed = Mutex(0)
        try await RunningServer.serve(router) { server in freed.withLock { $0 = server.port } }
        let port = freed.withLock { $0 }
        let url = "http://127.0.0.1:\(port)/hello"

        let client = HTTPConnection(timeout: 600, starting: .seconds(600))
        let posted = Task { try await client.post(url, [], atMost: 100) }
        let refused = await #expect(throws: CofferError.self) { try await client.get(url, atMost: 100) }
        #expect(refused?.code == .tryLater && refused?.isReply == false)
        try await RunningServer.serve(router, port: port) { _ in
            let reply = try await posted.value
            #expect(reply.status == 200)
            let long = await #expect(throws: CofferError.self) { try await client.get(url + "s", atMost: 1) }
            #expect(long?.code == .tryLater && long?.isReply == true)
        }
    }
}
