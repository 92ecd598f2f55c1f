package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
package import Sealing
package import ServiceLifecycle
package import UnixSignals

/// Runs a router until SIGTERM, then finishes the requests under way.
///
/// The module Serving holds what all servers share: HTTP with limits, TLS, the log, metrics and notices to systemd. It
/// imports Hummingbird and NIO, and of this package only Sealing, Files, Ledger and Messages: no rules, no HTTP client.
///
/// `ServerRun` starts a server, `ServerLimits` bounds each request, `ServerFailure` is an error with its HTTP status,
/// `ServerEvent` and `LogField` are all that a log line can hold, and `Metrics` cannot have labels. `addLogRoutes`
/// serves a log (C2SP tlog-tiles).
///
/// It promises that nothing that a client sends reaches the log, and that an unexpected error is answered with a 500
/// without details.
package struct ServerRun: Sendable {
    package let address: ListenAddress
    package let logger: Logger
    package var limits = ServerLimits()
    /// With a certificate the server speaks only TLS.
    package var certificate: ServerCertificate?
    package var metrics = Metrics()
    /// The listener for the metrics, if any.
    package var metricsListener: MetricsListener?
    /// How many servers this process runs.
    package var servers = 1
    /// Shared by the servers of one process; nil when this is the only one.
    package var gate: StartGate?
    /// Notified when the server listens and when it stops.
    package var notice: SystemdNotice?
    package var now: @Sendable () -> Milliseconds = SystemClock.now
    /// Called with the URL when the server listens.
    package let onListening: @Sendable (String) -> Void

    package init(address: ListenAddress, logger: Logger, onListening: @escaping @Sendable (String) -> Void) {
        self.address = address
        self.logger = logger
        self.onListening = onListening
    }

    package func callAsFunction<Context: RequestContext & InitializableFromSource<ApplicationRequestContextSource>>(
        _ router: Router<Context>, services: [any Service]
    ) async throws {
        do {
            try await group(router, services: services, signals: [.sigterm, .sigint]).run()
        } catch let error as IOError {
            throw address.unreachable(error.errnoCode)
        } catch let error as NIOConnectionError {
            throw address.unreachable((error.connectionErrors.first?.error as? IOError)?.errnoCode ?? 0)
        } catch is SocketAddressError {
            throw address.unreachable(0)
        } catch is SocketAddressError.UnknownHost {
            throw address.unreachable(0)
        }
    }

    /// The server with its services, which start when the server listens. They end in reverse order: first the listener,
    /// after its requests are answered, then the services that answer them.
    package func group<Context: RequestContext & InitializableFromSource<ApplicationRequestContextSource>>(
        _ router: Router<Context>, services: [any Service], signals: [UnixSignal] = []
    ) throws(CofferError) -> ServiceGroup {
        let keeper = try TLSKeeper(certificate, logger: logger, notice: notice, now: now)
        let (address, logger, notice, onListening) = (address, logger, notice, onListening)
        if certificate == nil, !address.isLoopback { logger.say(.warning, .plain) }
        let scheme = certificate == nil ? "http" : "https"
        let responder = ServedResponder(
            base: router.buildResponder(), routes: RoutePatterns(router), limit: TimeLimit(limits.answering),
            figures: RequestMetrics(metrics), logger: logger)
        let fitting = limits.fitting(descriptors: OpenFileLimit.raise(), servers: servers)
        let connections = OpenConnections(fitting, metrics: metrics, logger: logger)
        let isSecure = certificate != nil
        let gate = gate ?? StartGate(listeners: metricsListener == nil ? 1 : 2)
        let application = Application(
            responder: responder,
            server: HTTPServerBuilder { responder in
                let plain = BoundServerChannel(responder, in: connections)
                return isSecure ? plain.underTLS(keeper) : plain
            },
            configuration: .init(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    fitting.connections + fitting.reserve, logger: logger)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? address.port
                let url = "\(scheme)://\(ListenAddress(host: address.host, port: port).text)"
                logger.say(.info, .listening, [.address: .address(url)])
                onListening(url)
                notice?.send("READY=1")
                gate.listens()
            },
            logger: logger)
        metrics.addProcess()
        if isSecure {
            metrics.gauge(
                "coffer_tls_certificate_not_after_seconds", "When the certificate ends, in seconds since 1970."
            ) { keeper.ends }
        }
        var all = services.map(gate.guarding) + [keeper]
        if let metricsListener { all.append(metricsListener.service(logger, gate: gate)) }
        all += [application, StopNotice(notice: notice, logger: logger)]
        var configuration = ServiceGroupConfiguration(
            services: all, gracefulShutdownSignals: signals, logger: logger)
        configuration.maximumGracefulShutdownDuration = limits.stopping
        configuration.maximumCancellationDuration = Duration.seconds(60)
        return ServiceGroup(configuration: configuration)
    }
}

/// Logs and notifies as the first service that a shutdown reaches.
private struct StopNotice: Service {
    let notice: SystemdNotice?
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        logger.say(.notice, .stopping)
        notice?.send("STOPPING=1")
    }
}
