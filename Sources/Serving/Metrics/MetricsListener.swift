import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
package import Sealing
import ServiceLifecycle

/// Serves the metrics: `GET /metrics`, or `GET /metrics/NAME` in a process with several servers.
package struct MetricsListener: Sendable {
    package let address: ListenAddress
    package let metrics: [String: Metrics]
    private let onListening: @Sendable (String) -> Void

    /// Only this machine may read the metrics, because request counts show what the programme does.
    package init(
        address: ListenAddress, metrics: [String: Metrics], onListening: @escaping @Sendable (String) -> Void = { _ in }
    )
        throws(CofferError)
    {
        guard address.isLoopback else {
            throw CofferError(
                .usage, "Metrics are served to this machine only, and \(address.text) is not on its loopback.",
                hint: "Name 127.0.0.1:PORT, and run the collector on this machine.")
        }
        self.address = address
        self.metrics = metrics
        self.onListening = onListening
    }

    /// The listener as a separate service.
    func service(_ logger: Logger, gate: StartGate) -> any Service {
        Listener(listener: self, logger: logger, gate: gate)
    }

    private struct Listener: Service {
        let listener: MetricsListener
        let logger: Logger
        let gate: StartGate

        func run() async throws {
            let address = listener.address
            var limits = ServerLimits()
            (limits.connections, limits.reserve) = (16, 0)
            let connections = OpenConnections(limits, metrics: Metrics(), logger: logger)
            do {
                try await Application(
                    router: listener.router(),
                    server: HTTPServerBuilder { BoundServerChannel($0, in: connections) },
                    configuration: .init(
                        address: .hostname(address.host, port: address.port),
                        availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: logger)),
                    onServerRunning: { channel in
                        let port = channel.localAddress?.port ?? address.port
                        listener.onListening("http://\(ListenAddress(host: address.host, port: port).text)")
                        gate.listens()
                    },
                    logger: logger
                ).run()
            } catch let error as IOError {
                throw address.unreachable(error.errnoCode)
            }
        }
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router.answeringFailures()
        if metrics.count == 1, let only = metrics.values.first {
            router.get("metrics") { _, _ in await Self.answer(only) }
        } else {
            let metrics = metrics
            router.get("metrics/:server") { _, context in
                guard let named = metrics[try context.parameters.require("server")] else {
                    throw ServerFailure(CofferError(.notFound, "This process does not run this server."))
                }
                return await Self.answer(named)
            }
        }
        return router
    }

    private static func answer(_ metrics: Metrics) async -> Response {
        .bytes(Array(await metrics.exposition().utf8), type: Metrics.contentType)
    }
}
