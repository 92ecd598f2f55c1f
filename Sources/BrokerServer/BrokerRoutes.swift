import Broker
import Client
package import Hummingbird
import Ledger
import Sealing
package import Serving

extension BrokerHouse {
    /// All that a broker serves: asks, deposits, stops, its status, the ledger as it followed it, and its witness.
    package func router(stop: FatalStop) -> Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: FailureAnswers())
        let broker = broker
        router.post("ask") { request, _ in
            try await Self.serve(request, atMost: HTTPLimits.body, stop) { body throws(BrokerRefusal) in
                try await broker.ask(body)
            }
        }
        router.post("deposit/key") { request, _ in
            try await Self.serve(request, atMost: HTTPLimits.note, stop) { body throws(BrokerRefusal) in
                try await broker.depositKey(body)
            }
        }
        router.post("deposit") { request, _ in
            try await Self.serve(request, atMost: HTTPLimits.body, stop) { body throws(BrokerRefusal) in
                try await broker.deposit(body)
            }
        }
        router.post("stop") { request, _ in
            try await Self.serve(request, atMost: HTTPLimits.note, stop) { body throws(BrokerRefusal) in
                try await broker.stop(body)
            }
        }
        router.get("deposit/:consent") { _, context in
            guard let consent = try? Hash256(hex: try context.parameters.require("consent")),
                broker.subKeys.subKeys(of: consent) != nil
            else { throw ServerFailure(CofferError(.notFound, "This broker holds no sub-keys of such a consent.")) }
            return Response.json(.object([.init("schema", .string("coffer.held.v1")), .init("held", .boolean(true))]))
        }
        router.get("status") { _, _ in Response.json(await broker.status.json) }
        router.addLogRoutes(log, charter: charter)
        router.addWitnessRoutes(witness, stop: stop)
        return router
    }

    private static func serve(
        _ request: Request, atMost limit: Int, _ stop: FatalStop,
        _ answer: (Bytes) async throws(BrokerRefusal) -> Bytes
    ) async throws -> Response {
        let body = try await request.body(atMost: limit)
        do throws(BrokerRefusal) {
            return Response.bytes(try await answer(body), type: "application/octet-stream")
        } catch {
            let refusal = error
            if refusal == .failed { stop.fail(.brokerStore) }
            let failure = ServerFailure(refusal.error)
            throw ServerFailure(
                failure.status, refusal.error, position: refusal.position.map(UInt64.init),
                retryAfter: refusal.error.code == .tryLater ? 5 : nil)
        }
    }
}
