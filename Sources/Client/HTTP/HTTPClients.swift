import AsyncHTTPClient
import Messages
import NIOCore
import NIOHTTPCompression
import Sealing
import Synchronization

/// The process's HTTP clients, one for each set of authorities. They live as long as the process and are never shut
/// down.
enum HTTPClients {
    private static let clients = Mutex<[CertificateAuthorities: HTTPClient]>([:])

    static func client(_ authorities: CertificateAuthorities) throws(CofferError) -> HTTPClient {
        if let client = clients.withLock({ $0[authorities] }) { return client }
        let tls = try authorities.configuration()
        return clients.withLock { clients in
            if let client = clients[authorities] { return client }
            var pool = HTTPClient.Configuration.ConnectionPool(
                idleTimeout: .seconds(20), concurrentHTTP1ConnectionsPerHostSoftLimit: 64)
            // A pool that retries by itself waits longer each time, up to a minute, and later requests wait with it. So
            // a server that was down for long would seem down for another minute.
            pool.retryConnectionEstablishment = false
            let client = HTTPClient(
                eventLoopGroup: HTTPClient.defaultEventLoopGroup,
                configuration: HTTPClient.Configuration(
                    tlsConfiguration: tls, redirectConfiguration: .disallow,
                    timeout: .init(connect: .seconds(5), read: .seconds(30)), connectionPool: pool,
                    // A server may compress what it serves, unasked (c2sp.org/tlog-tiles). What is read is bounded.
                    decompression: .enabled(limit: .size(HTTPLimits.snapshot))))
            clients[authorities] = client
            return client
        }
    }
}
