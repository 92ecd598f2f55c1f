import Client
import CofferTestKit
import Hummingbird
import Ledger
import Messages
import Rules
import Sealing
import ServiceLifecycle
import Serving
import Testing

@testable import LedgerServer

@Suite("Shutdown", .timeLimit(.minutes(15)))
struct ShutdownTests {
    @Test("An append under way at SIGTERM gets its answer, and what is answered is in the log")
    func append() async throws {
        let world = try LedgerWorld()
        let gate = ScriptedTransport(passing: world.network)
        let service = try await world.service(transport: gate)
        var scenario = world.scenario
        let halt = Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"])
        let router = Router.answeringFailures()
        service.addRoutes(to: router)
        try await RunningServer.serve(router, services: [service.stop, service.sequencer]) { server in
            var asked = gate.arrivals.makeAsyncIterator()
            // The checkpoint over the charter goes out first.
            for _ in 0..<5 { _ = await asked.next() }
            while try await HTTPConnection().get(server.url + "/checkpoint", atMost: 1 << 16).status != 200 {
                await Task.yield()
            }
            gate.hold()
            async let answer = HTTPConnection().post(server.url + "/append", halt, atMost: 1 << 16)
            _ = await asked.next()
            await server.group.triggerGracefulShutdown()
            gate.release()
            let reply = try await answer
            #expect(
                reply.status == 200 && String(decoding: reply.body, as: UTF8.self).contains(#""verdict":"accepted""#))
        }
        let published = try #require(try service.tiles.checkpoint())
        #expect(try world.policy.verify(SignedNote(parsing: published)).size == 2)
    }

    @Test("A request that never ends does not keep the server: it is cut, and is told nothing false")
    func endless() async throws {
        let router = Router()
        let began = AsyncStream.makeStream(of: Void.self)
        router.get("never") { _, _ in
            began.continuation.yield()
            await untilCancelled()
            return "done"
        }
        try await RunningServer.serve(router) {
            $0.limits.stopping = .milliseconds(200)
        } _: { server in
            async let reply = HTTPConnection().get(server.url + "/never", atMost: 100)
            var begun = began.stream.makeAsyncIterator()
            _ = await begun.next()
            await server.group.triggerGracefulShutdown()
            let status = try? await reply.status
            #expect(status != 200)
        }
    }

    @Test("Connections without a request do not delay the end: used ones, new ones, and those of a proxy")
    func idle() async throws {
        let router = Router.answeringFailures()
        router.get("hello") { _, _ in "hello" }
        try await RunningServer.serve(router) {
            // Far longer than the test may take: only an end at once ends the test.
            $0.limits.stopping = .seconds(3_600)
            ($0.limits.idle, $0.limits.greeting) = (.seconds(3_600), .seconds(3_600))
        } _: { server in
            let served = Kept()
            let idle = ["", "GET /hello HTTP/1.1\r\nhost: a\r\n\r\n"].map { request in
                Task {
                    try await RawConnection.exchange(port: server.port) { send in
                        if !request.isEmpty { try await send(request) }
                        served.add([[1]])
                    }
                }
            }
            let pooled = HTTPConnection()
            #expect(try await pooled.get(server.url + "/hello", atMost: 100).status == 200)
            try await waitUntil("both are connected") { served.all.count == 2 }
            await server.group.triggerGracefulShutdown()
            for one in idle { _ = try await one.value }
        }
    }
}
