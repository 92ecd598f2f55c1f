import Broker
import Files
package import Hummingbird
import Ledger
import Messages
import Replica
import Sealing
package import Serving

extension BrokerServerContext {
    /// Adds the routes of a broker: asks, deposits, stops, status, the followed ledger and the witness.
    package func router(stop: FatalStop, metrics: Metrics = Metrics()) -> Router<BasicRequestContext> {
        let figures = BrokerMetrics(metrics)
        read(in: metrics)
        let router = Router.answeringFailures()
        let broker = broker
        func post(
            _ path: RouterPath, as kind: BrokerMetrics.Request, atMost limit: Int,
            _ answer: @escaping @Sendable (Bytes) async throws(BrokerRefusal) -> Bytes
        ) {
            router.post(path) { request, _ in
                try await Self.serve(request, as: kind, figures, atMost: limit, stop, answer)
            }
        }
        post("ask", as: .ask, atMost: HTTPLimits.body) { body throws(BrokerRefusal) in try await broker.ask(body) }
        post("session", as: .opening, atMost: HTTPLimits.note) { body throws(BrokerRefusal) in
            try await broker.openSession(body)
        }
        post("session/ask", as: .ask, atMost: HTTPLimits.note) { body throws(BrokerRefusal) in
            try await broker.askInSession(body)
        }
        post("deposit/key", as: .depositKey, atMost: HTTPLimits.note) { body throws(BrokerRefusal) in
            try await broker.depositKey(body)
        }
        post("deposit", as: .deposit, atMost: HTTPLimits.body) { body throws(BrokerRefusal) in
            try await broker.deposit(body)
        }
        post("stop", as: .stop, atMost: HTTPLimits.note) { body throws(BrokerRefusal) in try await broker.stop(body) }
        router.get("deposit/:consent") { _, context in
            guard let consent = try? Hash256(hex: try context.parameters.require("consent")),
                broker.subKeys.subKeys(of: consent) != nil
            else { throw ServerFailure(CofferError(.notFound, "This broker holds no sub-keys for this consent.")) }
            return Response.json(.object([.init("schema", .string("coffer.held.v1")), .init("held", .boolean(true))]))
        }
        router.get("status") { _, _ in Response.json(await broker.status.json) }
        let states = states
        router.get("state") { _, _ in
            guard let note = states.note() else {
                throw ServerFailure(CofferError(.notFound, "This broker has signed no state yet."))
            }
            return Response.bytes(note.encoded, type: "text/plain; charset=utf-8")
        }
        router.get("state/:size") { _, context in
            guard let size = UInt64(try context.parameters.require("size")), let file = states.open(size: size) else {
                throw ServerFailure(CofferError(.notFound, "This broker keeps no state of that size."))
            }
            return Response.file(file, first: file.count, type: "application/octet-stream")
        }
        router.addLogRoutes(log, charter: charter)
        router.addWitnessRoutes(witness, stop: stop, figures: figures.witness) { [firstTerms] in
            await broker.follower.isTimely($0, by: firstTerms)
        }
        return router
    }

    private static func serve(
        _ request: Request, as kind: BrokerMetrics.Request, _ figures: BrokerMetrics, atMost limit: Int,
        _ stop: FatalStop,
        _ answer: (Bytes) async throws(BrokerRefusal) -> Bytes
    ) async throws -> Response {
        let body = try await request.body(atMost: limit)
        do throws(BrokerRefusal) {
            let reply = try await answer(body)
            figures.count(kind, nil)
            return Response.bytes(reply, type: "application/octet-stream")
        } catch {
            figures.count(kind, error.error)
            let refusal = error
            if refusal.isFatal { stop.fail(.brokerStore) }
            let failure = ServerFailure(refusal.error)
            throw ServerFailure(
                failure.status, refusal.error, position: refusal.position.map(UInt64.init),
                retryAfter: refusal.error.code == .tryLater ? 5 : nil)
        }
    }
}
