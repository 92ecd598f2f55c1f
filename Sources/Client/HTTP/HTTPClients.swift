import AsyncHTTPClient
import NIOCore
import Sealing
import Synchronization

/// The process's clients, one for each way of connecting. They live as long as the process does, so they are never shut
/// down.
enum HTTPClients {
    private static let clients = Mutex<[Connecting: HTTPClient]>([:])

    /// How a client comes to its connections.
    struct Connecting: Hashable {
        let authorities: CertificateAuthorities
        /// For how long, in seconds, a connection that comes about is waited for.
        let seconds: Int64
        /// Whether one that is refused is tried again for as long.
        let isRetried: Bool
    }

    static func client(_ connecting: Connecting) throws(CofferError) -> HTTPClient {
        if let client = clients.withLock({ $0[connecting] }) { return client }
        let tls = try connecting.authorities.configuration()
        return clients.withLock { clients in
            if let client = clients[connecting] { return client }
            var pool = HTTPClient.Configuration.ConnectionPool(
                idleTimeout: .seconds(20), concurrentHTTP1ConnectionsPerHostSoftLimit: 64)
            pool.retryConnectionEstablishment = connecting.isRetried
            let client = HTTPClient(
                eventLoopGroup: HTTPClient.defaultEventLoopGroup,
                configuration: HTTPClient.Configuration(
                    tlsConfiguration: tls, redirectConfiguration: .disallow,
                    timeout: .init(connect: .seconds(connecting.seconds), read: .seconds(30)), connectionPool: pool))
            clients[connecting] = client
            return client
        }
    }
}
