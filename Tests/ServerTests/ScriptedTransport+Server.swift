import Client
import CofferTestKit
import Hummingbird
import HummingbirdTesting
import Messages
import NIOCore
import Sealing

extension ScriptedTransport {
    func take(_ name: String, down: Bool) { setDown(["http://\(name)/"], down) }

    /// Runs `body` while these applications answer at `http://NAME/`, without sockets.
    func serving(
        _ servers: some Collection<(String, any ApplicationProtocol & Sendable)>,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        guard let (name, application) = servers.first else { return try await body() }
        let rest = Array(servers.dropFirst())
        try await application.test(.router) { client in
            self.route("http://\(name)/") { request throws(CofferError) in
                do {
                    let response = try await client.execute(
                        uri: "/" + request.path, method: request.body == nil ? .get : .post,
                        body: request.body.map { ByteBuffer(bytes: $0) })
                    return HTTPReply(status: response.status.code, body: Array(response.body.readableBytesView))
                } catch {
                    throw CofferError(.tryLater, "\(name): \(error)")
                }
            }
            try await self.serving(rest, body)
        }
    }

    /// From now on these names are served at these URLs, over sockets.
    func serve(at urls: [String: String]) {
        for (name, url) in urls {
            route("http://\(name)/") { request throws(CofferError) in
                let url = "\(url)/\(request.path)"
                guard let body = request.body else { return try await HTTPConnection().get(url, atMost: 1 << 26) }
                return try await HTTPConnection().post(url, body, atMost: 1 << 26)
            }
        }
    }
}
