import AsyncHTTPClient
import NIOCore
import NIOHTTP1
package import Sealing

/// Requests over AsyncHTTPClient: no redirects, no proxies, bounded in time and size.
package struct HTTPConnection: HTTPTransport {
    /// How long a whole request may take, in seconds.
    private let timeout: Int64

    package init(timeout: Int64 = 30) { self.timeout = timeout }

    /// One for the process. It lives as long as the process does, so it is never shut down.
    private static let client = HTTPClient(
        eventLoopGroup: HTTPClient.defaultEventLoopGroup,
        configuration: HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: .seconds(30)),
            connectionPool: .init(idleTimeout: .seconds(20), concurrentHTTP1ConnectionsPerHostSoftLimit: 64)))

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
        do {
            let response = try await Self.client.execute(request, timeout: .seconds(timeout))
            let body = try await response.body.collect(upTo: limit)
            return HTTPReply(status: Int(response.status.code), body: Array(body.readableBytesView))
        } catch is NIOTooManyBytesError {
            throw CofferError(.tryLater, "\(Self.server(url)) answered with more than \(limit) bytes.")
        } catch let error as HTTPClientError where error == .invalidURL || error == .emptyScheme || error == .emptyHost
        {
            throw CofferError(.configuration, "\(url) is not a URL.", hint: "Name a server as http://host:port.")
        } catch is CancellationError {
            throw CofferError(.tryLater, "The request to \(Self.server(url)) was given up.")
        } catch {
            throw CofferError(
                .tryLater, "\(Self.server(url)) cannot be reached.", hint: "See that it runs, then try again.")
        }
    }

    /// Scheme, host and port: what a person needs of a URL.
    private static func server(_ url: String) -> String {
        url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
    }
}
