import CofferTestKit
import Foundation
import Hummingbird
import Logging
import Sealing
import Testing

@testable import Serving

/// What a proxy or load balancer before a server may ask of it, over real sockets.
@Suite("Servers behind proxies", .timeLimit(.minutes(15)))
struct ProxyTests {
    private func router() -> Router<BasicRequestContext> {
        let router = Router.answeringFailures()
        router.get("hello") { _, _ in Response.bytes(Bytes("hello".utf8), type: "text/plain") }
        router.post("body") { request, _ in "\(try await request.body(atMost: 1_000).count)" }
        router.get("of/:name/checkpoint") { _, _ in "named" }
        router.get("tile/**") { _, _ in "tile" }
        return router
    }

    private func reply(_ request: String) async throws -> String {
        let kept = Kept()
        try await RunningServer.serve(router()) { server in
            let text = try await RawConnection.exchange(port: server.port) { try await $0(request) }
            kept.add([Bytes(text.utf8)])
        }
        return String(decoding: kept.all.flatMap(\.self), as: UTF8.self)
    }

    @Test("HEAD is a GET without its body, and the next answer on the connection begins where it must")
    func heads() async throws {
        let replies = try await reply(
            "HEAD /hello HTTP/1.1\r\nhost: a\r\n\r\nHEAD /nothing HTTP/1.1\r\nhost: a\r\n\r\n"
                + "GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        let parts = replies.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.lowercased() }
        try #require(parts.count == 3, "\(replies)")
        #expect(
            parts[0].hasPrefix("200") && parts[0].contains("content-length: 5\r\n") && parts[0].hasSuffix("\r\n\r\n"))
        #expect(parts[1].hasPrefix("404") && parts[1].hasSuffix("\r\n\r\n"))
        #expect(parts[2].hasPrefix("200") && parts[2].hasSuffix("\r\n\r\nhello"))
    }

    @Test("Another method than a path takes is 405 with those that it takes; a path of no route is 404")
    func methods() async throws {
        for (request, allowed) in [
            ("POST /hello", "GET, HEAD"), ("GET /body", "POST"), ("DELETE /of/me/checkpoint", "GET, HEAD"),
            ("PUT /tile/0/x001", "GET, HEAD"), ("OPTIONS /body", "POST"),
        ] {
            let reply = try await reply(
                "\(request) HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            #expect(
                reply.hasPrefix("HTTP/1.1 405") && reply.lowercased().contains("allow: \(allowed.lowercased())\r\n"))
            #expect(reply.contains("coffer.error.v1"))
        }
        for request in ["POST /nothing", "GET /of/me", "GET /of/me/checkpoint/more", "GET /tile"] {
            let reply = try await reply(
                "\(request) HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            #expect(reply.hasPrefix("HTTP/1.1 404"), "\(request): \(reply)")
        }
    }

    @Test(
        "A request names one host, or gets 400",
        arguments: ["", "host: a\r\nhost: b\r\n", "host: a, b\r\n", "host: a/b\r\n"])
    func hosts(header: String) async throws {
        let reply = try await reply("GET /hello HTTP/1.1\r\n\(header)\r\n")
        #expect(reply.hasPrefix("HTTP/1.1 400") && !reply.contains("hello"))
    }

    @Test("A client of HTTP/1.0 needs no host, and its connection ends with the answer")
    func oldClients() async throws {
        // RawConnection waits until the server ends the connection.
        for header in ["", "connection: keep-alive\r\n"] {
            let reply = try await reply("GET /hello HTTP/1.0\r\n\(header)\r\n").lowercased()
            #expect(reply.contains(" 200 ") && reply.contains("connection: close\r\n") && reply.hasSuffix("hello"))
        }
    }

    @Test("A client that waits for leave to send its body gets it")
    func leave() async throws {
        let reply = try await reply(
            "POST /body HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\nabc"
        )
        #expect(reply.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"))
        #expect(reply.hasSuffix("3"))
    }

    @Test("An address that names no host of any machine is a fault of the configuration")
    func unknownHosts() async {
        let run = ServerRun(
            address: ListenAddress(host: "no-such-host.invalid", port: 0),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in }
        await #expect(throws: CofferError(.configuration, "")) { try await run(router(), services: []) }
    }
}
