import Client
import CofferTestKit
import HTTPTypes
import Hummingbird
import Logging
import Messages
import NIOCore
import Sealing
import ServiceLifecycle
import Serving
import Synchronization
import Testing

/// What a server bears from its clients, over real sockets.
@Suite("Server limits", .timeLimit(.minutes(15)))
struct LimitTests {
    private func router() -> Router<BasicRequestContext> {
        let router = Router.answeringFailures()
        router.get("hello") { _, _ in "hello" }
        router.post("body") { request, _ in "\(try await request.body(atMost: 1_000).count)" }
        router.get("never") { _, _ in
            await untilCancelled()
            return "too late"
        }
        return router
    }

    private func reply(_ server: RunningServer, _ request: String) async throws -> String {
        try await RawConnection.exchange(port: server.port) { try await $0(request) }
    }

    @Test("Headers beyond the bound end the connection with 400; within it they are served")
    func headers() async throws {
        try await RunningServer.serve(router()) { server in
            func get(_ headers: String) async throws -> String {
                try await reply(server, "GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\(headers)\r\n")
            }
            #expect(try await get("x: \(String(repeating: "a", count: 15_000))\r\n").hasPrefix("HTTP/1.1 200"))
            let long = try await get("x: \(String(repeating: "a", count: 17_000))\r\n")
            #expect(!long.contains("hello") && (long.isEmpty || long.hasPrefix("HTTP/1.1 400")))
            let spread = (0..<20).map { "x\($0): \(String(repeating: "a", count: 1_000))\r\n" }.joined()
            #expect(try await !get(spread).contains("hello"))
            let many = (0..<70).map { "x\($0): 1\r\n" }.joined()
            #expect(try await !get(many).contains("hello"))
            #expect(try await HTTPConnection().get(server.url + "/hello", atMost: 100).status == 200)
        }
    }

    @Test("A body beyond the bound is 413, whether its length is told or not, and is not read to its end")
    func bodies() async throws {
        try await RunningServer.serve(router()) { server in
            let checkpoint = "POST /body HTTP/1.1\r\nhost: a\r\nconnection: close\r\n"
            let told = try await reply(server, checkpoint + "content-length: 99999999999\r\n\r\nabc")
            #expect(told.hasPrefix("HTTP/1.1 413"))
            let chunk = "10000\r\n\(String(repeating: "a", count: 65_536))\r\n"
            let endless = try await RawConnection.exchange(port: server.port) { send in
                try await send(checkpoint + "transfer-encoding: chunked\r\n\r\n")
                // The server closes before all of it is sent.
                for _ in 0..<64 { do { try await send(chunk) } catch { break } }
            }
            #expect(endless.isEmpty || endless.hasPrefix("HTTP/1.1 413"))
            let small = try await HTTPConnection().post(
                server.url + "/body", Bytes(repeating: 1, count: 1_001), atMost: 1_000)
            #expect(small.status == 413)
            let right = try await HTTPConnection().post(
                server.url + "/body", Bytes(repeating: 1, count: 1_000), atMost: 1_000)
            #expect(right.status == 200 && right.body == Array("1000".utf8))
        }
    }

    @Test("A body that does not come is 408 and the end")
    func slowBody() async throws {
        try await RunningServer.serve(router()) {
            $0.limits.reading = .milliseconds(200)
        } _: { server in
            let body = try await reply(
                server, "POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc")
            #expect(body.hasPrefix("HTTP/1.1 408"))
        }
    }

    @Test("A checkpoint that does not come is the end")
    func slowHead() async throws {
        try await RunningServer.serve(router()) {
            $0.limits.greeting = .milliseconds(200)
        } _: { server in
            // The connection ends by the server's hand: the exchange returns though nothing more is sent.
            for start in ["", "GET /hello HTTP/1.1\r\nhos"] {
                let answer = try await reply(server, start)
                #expect(answer == "")
            }
        }
    }

    @Test(
        "A trickle of bytes does not put the end off",
        arguments: ["POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n", "GET /hello HTTP/1.1\r\nx: "])
    func trickle(start: String) async throws {
        try await RunningServer.serve(router()) { run in
            if start.hasPrefix("POST") { run.limits.reading = .milliseconds(300) }
            if start.hasPrefix("GET") { run.limits.greeting = .milliseconds(300) }
        } _: { server in
            let reply = try await RawConnection.exchange(port: server.port) { send in
                try await send(start)
                // Ends only when the server does: a write to a closed connection throws.
                while true {
                    try await send("a")
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            #expect(!reply.contains("200"))
        }
    }

    @Test("An answer that takes too long is 503 with Retry-After, and the server goes on")
    func answering() async throws {
        let metrics = Metrics()
        let asked = Atomic(1)
        try await RunningServer.serve(router()) { run in
            run.limits.answering = .milliseconds(200)
            run.metrics = metrics
        } _: { server in
            let late = try await reply(server, "GET /never HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            #expect(late.hasPrefix("HTTP/1.1 503") && late.lowercased().contains("retry-after: 30"))
            #expect(late.contains(#""code":75"#) && !late.contains("too late"))
            // A busy machine may need longer than the limit for this answer, too; then the test asks again.
            try await waitUntil("the server answers in time") {
                asked.add(1, ordering: .relaxed)
                return try await HTTPConnection().get(server.url + "/hello", atMost: 100).status == 200
            }
        }
        let figures = await metrics.exposition()
        let count = asked.load(ordering: .relaxed)
        #expect(figures.contains("coffer_http_requests_total \(count)\n"))
        #expect(figures.contains("coffer_http_failures_total \(count - 1)\n"))
    }

    @Test("A connection that was used may stay longer than a new one, and then ends")
    func idle() async throws {
        try await RunningServer.serve(router()) {
            ($0.limits.greeting, $0.limits.idle) = (.seconds(600), .milliseconds(200))
        } _: { server in
            let replies = try await reply(server, "GET /hello HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(replies.hasPrefix("HTTP/1.1 200") && replies.hasSuffix("hello"))
        }
    }

    private static let hello = "GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"

    @Test("Beyond the bound clients wait for their turn or are told to come later; each is served in the end")
    func connections() async throws {
        try await RunningServer.serve(router()) { run in
            (run.limits.connections, run.limits.reserve) = (2, 0)
            run.limits.patience = .seconds(600)
        } _: { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<24 {
                    group.addTask {
                        try await waitUntil("it is served") {
                            let reply = try await reply(server, Self.hello)
                            #expect(reply.hasPrefix("HTTP/1.1 200") || reply.hasPrefix("HTTP/1.1 503"))
                            return reply.hasSuffix("hello")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("Connections that say nothing give way, and this is told")
    func silence() async throws {
        let log = KeptLog()
        let metrics = Metrics()
        try await RunningServer.serve(router(), logger: log.logger(.notice, format: .text)) { run in
            (run.limits.connections, run.limits.reserve) = (4, 2)
            // Long enough that the limit of those that say nothing cannot be what ends them.
            run.limits.greeting = .seconds(600)
            run.limits.patience = .milliseconds(200)
            run.metrics = metrics
        } _: { server in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await reply(server, "") } }
                try await waitUntil("there is no room") {
                    await metrics.exposition().contains("coffer_http_connections 4\n")
                }
                for _ in 0..<3 { #expect(try await reply(server, Self.hello).hasPrefix("HTTP/1.1 200")) }
                await server.group.triggerGracefulShutdown()
                for try await silent in group { #expect(silent == "") }
            }
        }
        let gone = try #require(
            await metrics.exposition().split(separator: "\n").first {
                $0.hasPrefix("coffer_http_connections_gave_way_total ")
            })
        #expect(Int(gone.split(separator: " ")[1]) ?? 0 >= 3)
        #expect(log.text.contains(ServerEvent.connectionsGaveWay.rawValue))
    }

    @Test("While the server works for as many clients as it may, stops are taken and others are told to come later")
    func reserve() async throws {
        let router = router()
        let (begun, began) = AsyncStream.makeStream(of: Void.self)
        router.get("long") { _, _ in
            began.yield()
            await untilCancelled()
            return "too late"
        }
        router.post("stop") { request, _ in "stopped \(try await request.body(atMost: 1_000).count)" }
        let metrics = Metrics()
        try await RunningServer.serve(router) { run in
            (run.limits.connections, run.limits.reserve) = (2, 2)
            run.limits.stopping = .milliseconds(200)
            run.metrics = metrics
        } _: { server in
            let long = (0..<2).map { _ in
                Task { try await reply(server, "GET /long HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n") }
            }
            var all = begun.makeAsyncIterator()
            for _ in long { _ = await all.next() }
            let refused = try await reply(server, Self.hello)
            #expect(refused.hasPrefix("HTTP/1.1 503") && refused.lowercased().contains("retry-after: 5\r\n"))
            let stopped = try await reply(
                server, "POST /stop HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc")
            #expect(stopped.hasPrefix("HTTP/1.1 200") && stopped.hasSuffix("stopped 3"))
            await server.group.triggerGracefulShutdown()
            for one in long { _ = try await one.value }
        }
        #expect(await metrics.exposition().contains("coffer_http_connections_refused_total 1\n"))
    }
}
