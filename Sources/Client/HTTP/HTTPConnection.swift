/// Module Client: HTTP from this machine to ledgers, brokers, the desk and a lake's store, and nothing else.
///
/// It imports AsyncHTTPClient, SwiftNIO, Sealing, Ledger, Rules, Messages and Replica. Capture and Broker cannot reach
/// it, so their code can name no HTTP client.
///
/// `HTTPConnection` implements `HTTPTransport`, and `HTTPExchanging` for the lake's store. `LedgerClient`, `BrokerClient` and `DeskClient` send the messages of
/// one kind of server each; `LedgerAddress` tells where a pinned ledger is.
///
/// Promises: certificates are always verified (`CertificateAuthorities`); replies are bounded; redirects and proxies
/// are not used; receipts and deposit keys are returned only when their broker signed them, and a new entry's answer
/// only when its proof satisfies one of the client's policies, if it has any.
import AsyncHTTPClient
import FoundationEssentials
import Glibc
package import Messages
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL
package import Sealing

/// Requests over AsyncHTTPClient: no redirects, no proxies, bounded in time and size. Certificates are always verified.
///
/// When a connection is refused, a GET fails at once, since other servers have the same data or the caller asks again.
/// A POST is for one server only, and retries for a while in case that server is just starting.
package struct HTTPConnection: HTTPTransport, HTTPExchanging {
    /// The time limit of one attempt.
    private let time: ExchangeTime
    /// How long a POST is retried while connections are refused.
    private let starting: Duration
    private let authorities: CertificateAuthorities

    /// `timeout` is in seconds, for a reply of no length: what arrives extends it (`ExchangeTime`).
    package init(
        timeout: Int64 = 30, starting: Duration = .seconds(5), authorities: CertificateAuthorities = .fromEnvironment
    ) {
        self.time = ExchangeTime(base: .seconds(timeout))
        self.starting = starting
        self.authorities = authorities
    }

    package func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        do { return try await send(HTTPClientRequest(url: url), atMost: limit).reply } catch {
            throw Self.boundary(error, url: url, limit: limit)
        }
    }

    package func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.body = .bytes(body)
        let end = ContinuousClock.now + starting
        while true {
            do { return try await send(request, atMost: limit).reply } catch {
                guard Self.isRefusedConnection(error), ContinuousClock.now < end, !Task.isCancelled else {
                    throw Self.boundary(error, url: url, limit: limit)
                }
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    package func exchange(_ request: HTTPExchange, atMost limit: Int) async throws(CofferError) -> HTTPAnswer {
        var sent = HTTPClientRequest(url: request.url)
        sent.method = HTTPMethod(rawValue: request.method)
        for (name, value) in request.headers { sent.headers.add(name: name, value: value) }
        if !request.body.isEmpty { sent.body = .bytes(request.body) }
        do { return try await send(sent, atMost: limit, sending: request.body.count) } catch {
            throw Self.boundary(error, url: request.url, limit: limit)
        }
    }

    /// `sending` is the size of a body that takes a slow link as long as a reply of that size.
    private func send(
        _ request: HTTPClientRequest, atMost limit: Int, sending: Int = 0
    ) async throws -> HTTPAnswer {
        // Terms in an old log can name such an address, and the library below would trap on some ports.
        guard let url = URL(string: request.url), ["http", "https"].contains(url.scheme?.lowercased()),
            (1...65_535).contains(url.port ?? 80)
        else { throw HTTPClientError.invalidURL }
        let client = try HTTPClients.client(authorities)
        let received = ReceivedBytes()
        received.set(sending)
        return try await withThrowingTaskGroup(of: HTTPAnswer?.self) { group in
            group.addTask { try await Self.reply(to: request, by: client, atMost: limit, counting: received) }
            group.addTask { try await end(after: received) }
            defer { group.cancelAll() }
            while let reply = try await group.next() { if let reply { return reply } }
            throw ExchangeTooSlow()
        }
    }

    private static func reply(
        to request: HTTPClientRequest, by client: HTTPClient, atMost limit: Int, counting received: ReceivedBytes
    ) async throws -> HTTPAnswer {
        let response = try await client.execute(request, timeout: .hours(1))
        let sent = received.count
        var body: Bytes = []
        for try await part in response.body {
            guard part.readableBytes <= limit - body.count else { throw NIOTooManyBytesError(maxBytes: limit) }
            body += part.readableBytesView
            received.set(sent + body.count)
        }
        try Task.checkCancellation()
        return HTTPAnswer(
            status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) }, body: body)
    }

    /// Throws when the time for what was received is over.
    private func end(after received: ReceivedBytes) async throws -> HTTPAnswer? {
        let start = ContinuousClock.now
        while true {
            let end = start + time.limit(received: received.count)
            guard ContinuousClock.now < end else { throw ExchangeTooSlow() }
            try await Task.sleep(until: end, clock: .continuous)
        }
    }

    /// Whether the connection was refused, so that nothing was sent.
    private static func isRefusedConnection(_ error: any Error) -> Bool {
        switch error {
        case let error as NIOConnectionError: error.connectionErrors.contains { isRefusedConnection($0.error) }
        case let error as IOError: error.errnoCode == ECONNREFUSED
        default: false
        }
    }

    private static func boundary(_ error: any Error, url: String, limit: Int) -> CofferError {
        let server = server(url)
        switch error {
        case let error as CofferError: return error
        case is NIOTooManyBytesError:
            return .unusable("\(server) answered with more than \(limit) bytes.")
        case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
            return .unusable("\(server) answered with a compressed body that cannot be read.")
        case let error as HTTPClientError where error == .invalidURL || error == .emptyHost:
            // Not a fault of this machine: terms in a log can name what nobody can reach, and others are asked then.
            return CofferError(
                .tryLater, "\(server) is not the URL of a server.", hint: "Name a server as http://host:port.")
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            return tooSlow(server)
        case is ExchangeTooSlow:
            return tooSlow(server)
        case is CancellationError:
            return CofferError(.tryLater, "The request to \(server) was cancelled.")
        case is NIOSSLExtraError, NIOSSLError.handshakeFailed, NIOSSLError.unableToValidateCertificate:
            return untrusted(server)
        case is HTTPParserError:
            return CofferError(
                .tryLater, "\(server) does not answer in HTTP.", hint: "If it speaks TLS, name it as https://.")
        default:
            return CofferError(
                .tryLater, "\(server) cannot be reached.", hint: "Check that it is running, then try again.")
        }
    }

    private static func tooSlow(_ server: String) -> CofferError {
        CofferError(.tryLater, "\(server) answers too slowly.", hint: "Try again later, or ask another server.")
    }

    private static func untrusted(_ server: String) -> CofferError {
        CofferError(
            .tryLater, "\(server) has no certificate that this machine trusts for its name.",
            hint: "If you run your own certificate authority, set COFFER_CA_FILE to its certificate.")
    }

    /// Scheme, host and port: the part of a URL that messages show.
    private static func server(_ url: String) -> String {
        url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
    }
}
