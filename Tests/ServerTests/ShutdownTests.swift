import Client
import CofferTestKit
import Hummingbird
import Ledger
import Messages
import Rules
import Sealing
import ServiceLifecycle
import Serving
import Synchronization
import Testing

@testable import LedgerServer

@Suite("Shutdown", .timeLimit(.minutes(15)))
struct ShutdownTests {
    /// Holds every request to the cosigners until it is opened, and tells when the first has come.
    final class Gate: HTTPTransport {
        let inner: any HTTPTransport
        let asked = AsyncStream.makeStream(of: Void.self)
        private let waiting = Mutex<[CheckedContinuation<Void, Never>]?>(nil)

        init(_ inner: any HTTPTransport) { self.inner = inner }

        func close() { waiting.withLock { $0 = [] } }

        func open() {
            let held = waiting.withLock { waiting in
                defer { waiting = nil }
                return waiting ?? []
            }
            for continuation in held { continuation.resume() }
        }

        func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
            try await inner.get(url, atMost: limit)
        }

        func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
            await withCheckedContinuation { continuation in
                let isOpen = waiting.withLock { waiting in
                    waiting?.append(continuation)
                    return waiting == nil
                }
                asked.continuation.yield()
                if isOpen { continuation.resume() }
            }
            return try await inner.post(url, body, atMost: limit)
        }
    }

    @Test("An append under way at SIGTERM gets its answer, and what is answered is in the log")
    func append() async throws {
        let world = try LedgerWorld()
        let gate = Gate(world.network)
        let service = try await world.service(transport: gate)
        var scenario = world.scenario
        let halt = Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"])
        let router = Router.answeringFailures()
        service.addRoutes(to: router)
        try await RunningServer.serve(router, services: [service.stop, service.sequencer]) { server in
            var asked = gate.asked.stream.makeAsyncIterator()
            // The head over the charter goes out first.
            for _ in 0..<5 { _ = await asked.next() }
            while try await HTTPConnection().get(server.url + "/checkpoint", atMost: 1 << 16).status != 200 {
                await Task.yield()
            }
            gate.close()
            async let answer = HTTPConnection().post(server.url + "/append", halt, atMost: 1 << 16)
            _ = await asked.next()
            await server.group.triggerGracefulShutdown()
            gate.open()
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
            try await Task.sleep(for: .seconds(3_600))
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
}
