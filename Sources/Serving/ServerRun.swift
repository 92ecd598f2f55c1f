package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import Sealing
package import ServiceLifecycle
import UnixSignals

/// Where a server listens: `HOST:PORT`, port 0 for any free one.
package struct ListenAddress: Hashable, Sendable {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        self.host = String(text[..<colon])
        self.port = Int(port)
    }

    package var text: String { "\(host):\(port)" }
}

/// Runs a router until SIGTERM, then finishes the requests under way.
package struct ServerRun: Sendable {
    package let address: ListenAddress
    package let logger: Logger
    /// Told the URL once the server listens.
    package let onListening: @Sendable (String) -> Void

    package init(address: ListenAddress, logger: Logger, onListening: @escaping @Sendable (String) -> Void) {
        self.address = address
        self.logger = logger
        self.onListening = onListening
    }

    /// The most connections at once.
    static let maximumConnections = 4_096

    package func callAsFunction<Context: RequestContext & InitializableFromSource<ApplicationRequestContextSource>>(
        _ router: Router<Context>, services: [any Service]
    ) async throws {
        let host = address.host
        let application = Application(
            router: router, server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: .init(
                address: .hostname(host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections)),
            onServerRunning: { channel in
                onListening("http://\(host):\(channel.localAddress?.port ?? address.port)")
            },
            logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: services + [application], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Duration.seconds(10)
        configuration.maximumCancellationDuration = Duration.seconds(5)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError {
            throw unreachable(error.errnoCode)
        } catch let error as NIOConnectionError {
            throw unreachable((error.connectionErrors.first?.error as? IOError)?.errnoCode ?? 0)
        } catch is SocketAddressError {
            throw unreachable(0)
        }
    }

    private func unreachable(_ code: Int32) -> CofferError {
        switch code {
        case 98:
            CofferError(
                .configuration, "Something else listens on \(address.text) already.",
                hint: "Stop it, or name another port with --listen.")
        case 13, 1:
            CofferError(
                .configuration, "This user may not listen on \(address.text).", hint: "Name a port above 1023.")
        default:
            CofferError(
                .configuration, "This machine cannot listen on \(address.text).",
                hint: "Name one of its own addresses with --listen.")
        }
    }
}
