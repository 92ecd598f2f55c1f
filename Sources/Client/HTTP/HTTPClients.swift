import AsyncHTTPClient
import NIOCore
import Sealing
import Synchronization

/// The process's clients, one for each set of authorities. They live as long as the process does, so they are never
/// shut down.
enum HTTPClients {
    private static let clients = Mutex<[CertificateAuthorities: HTTPClient]>([:])

    static func client(_ authorities: CertificateAuthorities) throws(CofferError) -> HTTPClient {
        if let client = clients.withLock({ $0[authorities] }) { return client }
        let tls = try authorities.configuration()
        return clients.withLock { clients in
            if let client = clients[authorities] { return client }
            let client = HTTPClient(
                eventLoopGroup: HTTPClient.defaultEventLoopGroup,
                configuration: HTTPClient.Configuration(
                    tlsConfiguration: tls, redirectConfiguration: .disallow,
                    timeout: .init(connect: .seconds(5), read: .seconds(30)),
                    connectionPool: .init(idleTimeout: .seconds(20), concurrentHTTP1ConnectionsPerHostSoftLimit: 64)))
            clients[authorities] = client
            return client
        }
    }
}
