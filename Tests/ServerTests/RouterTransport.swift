import Client
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Messages
import NIOCore
import Sealing
import Synchronization

/// Requests to `http://NAME/PATH` go to the router of that name, without a socket; a name can be down.
final class RouterTransport: HTTPTransport {
    private struct Hosts {
        var clients: [String: any TestClientProtocol] = [:]
        var urls: [String: String] = [:]
        var down: Set<String> = []
        /// What a server that is down says, as its last words or as somebody else's.
        var words: String?
        var requests = 0
    }

    private let hosts = Mutex(Hosts())

    /// From here on these names are served on sockets.
    func serve(at urls: [String: String]) { hosts.withLock { $0.urls = urls } }

    func take(_ name: String, down: Bool, saying words: String? = nil) {
        hosts.withLock { hosts in
            hosts.words = words
            if down { hosts.down.insert(name) } else { hosts.down.remove(name) }
        }
    }

    /// Runs `body` while these applications answer.
    func serving(
        _ servers: [(String, any ApplicationProtocol & Sendable)], _ body: @escaping @Sendable () async throws -> Void
    )
        async throws
    {
        guard let (name, application) = servers.first else { return try await body() }
        let rest = Array(servers.dropFirst())
        try await application.test(.router) { client in
            self.hosts.withLock { $0.clients[name] = client }
            try await self.serving(rest, body)
        }
    }

    func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        try await send(.get, url, nil, limit)
    }

    func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        try await send(.post, url, body, limit)
    }

    func send(_ method: HTTPRequest.Method, _ url: String, _ body: Bytes?, _ limit: Int) async throws(CofferError)
        -> HTTPReply
    {
        let parts = url.dropFirst("http://".count).split(separator: "/", maxSplits: 1)
        let name = parts.first.map(String.init) ?? ""
        let path = parts.count > 1 ? String(parts[1]) : ""
        let (client, socket, words) = hosts.withLock { hosts in
            let isDown = hosts.down.contains(name)
            return (isDown ? nil : hosts.clients[name], isDown ? nil : hosts.urls[name], isDown ? hosts.words : nil)
        }
        if let words {
            let reply = #"{"schema":"coffer.error.v1","code":77,"rule":"\#(words)","message":"\#(words)"}"#
            return HTTPReply(status: 403, body: Array(reply.utf8))
        }
        if let socket {
            if let body { return try await HTTPConnection().post("\(socket)/\(path)", body, atMost: limit) }
            return try await HTTPConnection().get("\(socket)/\(path)", atMost: limit)
        }
        guard let client else { throw CofferError(.tryLater, "\(name) is down.") }
        do {
            let response = try await client.execute(
                uri: "/" + path, method: method,
                body: body.map { ByteBuffer(bytes: $0) })
            let reply = Array(response.body.readableBytesView)
            guard reply.count <= limit else { throw CofferError(.tryLater, "too much") }
            return HTTPReply(status: response.status.code, body: reply)
        } catch {
            throw CofferError(.tryLater, "\(name): \(error)")
        }
    }
}
