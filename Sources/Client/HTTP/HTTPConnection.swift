import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
package import Sealing

/// Requests over AsyncHTTPClient: no redirects, no proxies, bounded in time and size. Certificates are always verified.
///
/// A GET that is refused a connection fails at once: what it reads, others serve as well, or it is asked for again. A POST
/// is for one server alone, and waits for one that is just being started.
package struct HTTPConnection: HTTPTransport {
    /// How long a whole request may take, in seconds.
    private let timeout: Int64
    /// How long a connection is waited for, in seconds.
    private let connecting: Int64
    private let authorities: CertificateAuthorities

    package init(
        timeout: Int64 = 30, connecting: Int64 = 5, authorities: CertificateAuthorities = .fromEnvironment
    ) {
        self.timeout = timeout
        self.connecting = connecting
        self.authorities = authorities
    }

    package func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        try await send(HTTPClientRequest(url: url), to: url, atMost: limit)
    }

    package func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.body = .bytes(body)
        return try await send(request, to: url, atMost: limit)
    }

    private func send(_ request: HTTPClientRequest, to url: String, atMost limit: Int) async throws(CofferError)
        -> HTTPReply
    {
        let client = try HTTPClients.client(
            .init(authorities: authorities, seconds: connecting, isRetried: request.method != .GET))
        do {
            let response = try await client.execute(request, timeout: .seconds(timeout))
            let body = try await response.body.collect(upTo: limit)
            return HTTPReply(status: Int(response.status.code), body: Array(body.readableBytesView))
        } catch {
            throw Self.boundary(error, url: url, limit: limit)
        }
    }

    private static func boundary(_ error: any Error, url: String, limit: Int) -> CofferError {
        let server = server(url)
        switch error {
        case is NIOTooManyBytesError:
            return CofferError(.tryLater, "\(server) answered with more than \(limit) bytes.")
        case let error as HTTPClientError where error == .invalidURL || error == .emptyScheme || error == .emptyHost:
            return CofferError(.configuration, "\(url) is not a URL.", hint: "Name a server as http://host:port.")
        case is CancellationError:
            return CofferError(.tryLater, "The request to \(server) was given up.")
        case is NIOSSLExtraError, NIOSSLError.handshakeFailed, NIOSSLError.unableToValidateCertificate:
            return untrusted(server)
        case is HTTPParserError:
            return CofferError(
                .tryLater, "\(server) does not answer in HTTP.", hint: "If it speaks TLS, name it as https://.")
        default:
            return CofferError(
                .tryLater, "\(server) cannot be reached.", hint: "See that it runs, then try again.")
        }
    }

    private static func untrusted(_ server: String) -> CofferError {
        CofferError(
            .tryLater, "\(server) shows no certificate that this machine trusts for its name.",
            hint: "If its authority is your own, name that authority's certificate in COFFER_CA_FILE.")
    }

    /// Scheme, host and port: what a person needs of a URL.
    private static func server(_ url: String) -> String {
        url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
    }
}
