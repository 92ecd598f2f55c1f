import Client
import CofferTestKit
import HTTPTypes
import Hummingbird
import Messages
import NIOCore
import Sealing
import Serving
import Synchronization
import Testing

/// A client before a server that takes no connections, or that compresses unasked.
@Suite("Connections", .timeLimit(.minutes(15)))
struct ConnectionTests {
    @Test(
        "A URL that nobody can reach, as an old log can hold one, is no answer and ends no process",
        arguments: [
            "http://127.0.0.1:99999/checkpoint", "http://127.0.0.1:65536/", "http://127.0.0.1:0/", "ftp://a/", "",
            "file:///etc/passwd", "http://", "//a/",
        ])
    func impossibleURLs(url: String) async {
        let connection = HTTPConnection(starting: .zero)
        let error = await #expect(throws: CofferError(.tryLater, "")) { try await connection.get(url, atMost: 10) }
        #expect(error?.message.hasSuffix(" is not the URL of a server.") == true)
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

    @Test("The time for a reply grows with what arrives: a drip ends soon, a slow link carries 16 MB")
    func exchangeTime() {
        let time = ExchangeTime(base: .seconds(30))
        // A byte a second, for an hour.
        #expect(time.limit(received: 3_600) == .seconds(30))
        // Four bundles of the longest entries share 200 KB/s.
        let bundle = HTTPLimits.bundle
        #expect(time.limit(received: bundle) > .seconds(Double(4 * bundle) / 200_000))
        #expect(time.limit(received: 8 << 20) == .seconds(30 + 1_024))
        #expect([HTTPLimits.snapshot, .max].map(time.limit) == [.seconds(1_800), .seconds(1_800)])
    }

    @Test("A server that stops in the middle of its head or its body is named, and is waited for no longer")
    func unfinished() async throws {
        let router = Router()
        router.get("head") { _, _ in
            await untilCancelled()
            return ""
        }
        router.get("body") { _, _ in
            Response(
                status: .ok,
                body: .init { writer in
                    try await writer.write(ByteBuffer(string: "h"))
                    await untilCancelled()
                    try await writer.finish(nil)
                })
        }
        try await RunningServer.serve(router) {
            $0.limits.stopping = .milliseconds(200)
        } _: { server in
            for path in ["head", "body"] {
                let error = await #expect(throws: CofferError(.tryLater, "")) {
                    try await HTTPConnection(timeout: 1).get("\(server.url)/\(path)", atMost: 100)
                }
                #expect(error?.message == "\(server.url) answers too slowly." && error?.isReply == false)
            }
        }
    }

    @Test("A body that a server compressed unasked is read; one that grows beyond the bound or is cut is no reply")
    func compressed() async throws {
        let hello = try Base64.decode("H4sIAAAAAAACA8tIzcnJ11HIAFEA/8XM8wwAAAA=")
        // A quarter of a MiB of zeros.
        let bomb = try Base64.decode(
            "H4sIAAAAAAACA+3BMQEAAADCoPVP7W0HoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA3gAi6g7iAAAEAA==")
        let router = Router()
        for (path, body) in [
            ("hello", hello), ("bomb", bomb), ("cut", Array(hello.dropLast(12))), ("junk", [1, 2, 3]),
        ] {
            router.get("\(path)") { _, _ in
                Response(
                    status: .ok, headers: [.contentEncoding: "gzip"],
                    body: .init(byteBuffer: ByteBuffer(bytes: body)))
            }
        }
        try await RunningServer.serve(router) { server in
            let client = HTTPConnection(timeout: 600)
            let reply = try await client.get(server.url + "/hello", atMost: 100)
            #expect(reply.status == 200 && reply.body == Bytes("hello, hello".utf8))
            #expect(try await client.get(server.url + "/bomb", atMost: 1 << 18).body.count == 1 << 18)
            for (path, limit) in [("hello", 11), ("bomb", 100_000), ("junk", 100)] {
                let error = await #expect(throws: CofferError.self, "\(path)") {
                    try await client.get("\(server.url)/\(path)", atMost: limit)
                }
                #expect(error?.code == .tryLater && error?.isReply == true, "\(path)")
            }
            let cut = try? await client.get(server.url + "/cut", atMost: 100)
            #expect(cut?.body != reply.body)
        }
    }
}
