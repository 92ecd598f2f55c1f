package import Messages
package import Sealing
import Synchronization

/// A network in this process. A test writes what its servers answer, takes servers down, holds requests back, and reads
/// what was asked.
package final class ScriptedTransport: HTTPTransport {
    package struct Request: Hashable, Sendable {
        package let url: String
        /// Of a POST; nil for a GET.
        package let body: Bytes?

        /// `acme-1.example` in `http://acme-1.example/state/7`.
        package var host: String { String(url.dropFirst("http://".count).prefix { $0 != "/" }) }
        /// `state/7` in `http://acme-1.example/state/7`.
        package var path: String { String(url.dropFirst("http://".count + host.utf8.count + 1)) }
        /// `acme-1` in `http://acme-1.example/state/7`.
        package var server: String { String(host.prefix { $0 != "." }) }
    }

    /// nil says that the server cannot be reached.
    package typealias Answer = @Sendable (Request) async throws(CofferError) -> HTTPReply?

    private struct Script {
        var replies: [String: HTTPReply] = [:]
        var routes: [(prefix: String, answer: Answer)] = []
        var unreachable: Set<String> = []
        var requests: [Request] = []
        /// Who waits while POSTs are held back; nil while they are not.
        var held: [CheckedContinuation<Void, Never>]?
    }

    private let script: Mutex<Script>
    /// Every POST as it arrives, for one reader; one that is held back already waits then.
    package let arrivals: AsyncStream<Request>
    private let arrive: AsyncStream<Request>.Continuation

    /// A network on which nothing can be reached, or on which one closure answers everything.
    package init(_ answer: Answer? = nil) {
        var script = Script()
        if let answer { script.routes = [("", answer)] }
        self.script = Mutex(script)
        (arrivals, arrive) = AsyncStream.makeStream()
    }

    /// What has no route of its own goes on to another network.
    package convenience init(passing inner: any HTTPTransport) {
        self.init { request async throws(CofferError) in
            guard let body = request.body else { return try await inner.get(request.url, atMost: .max) }
            return try await inner.post(request.url, body, atMost: .max)
        }
    }

    /// Gives these replies one after the other, and then cannot be reached.
    package convenience init(inOrder answers: [Answer]) {
        let left = Mutex(answers[...])
        self.init { request async throws(CofferError) in
            guard let next = left.withLock({ $0.popFirst() }) else { return nil }
            return try await next(request)
        }
    }

    // MARK: What is answered

    /// From now on this answers URLs with this prefix. The newest route that fits is taken.
    package func route(_ prefix: String, _ answer: @escaping Answer) {
        script.withLock { $0.routes.insert((prefix, answer), at: 0) }
    }

    /// The reply to exactly this URL, before all routes; nil takes it back.
    package func reply(to url: String, _ reply: HTTPReply?) { script.withLock { $0.replies[url] = reply } }

    /// Takes requests to URLs with this prefix and never answers them.
    package func silence(_ prefix: String) {
        route(prefix) { _ in
            await untilCancelled()
            return nil
        }
    }

    /// Servers by their prefixes, all others being up.
    package func cut(_ prefixes: some Sequence<String>) { script.withLock { $0.unreachable = Set(prefixes) } }

    package func setDown(_ prefixes: [String], _ isDown: Bool = true) {
        script.withLock { script in
            for prefix in prefixes {
                if isDown { script.unreachable.insert(prefix) } else { script.unreachable.remove(prefix) }
            }
        }
    }

    /// Holds POSTs back until `release`.
    package func hold() { script.withLock { $0.held = $0.held ?? [] } }

    package func release() {
        let held = script.withLock { script in
            defer { script.held = nil }
            return script.held ?? []
        }
        for continuation in held { continuation.resume() }
    }

    // MARK: What was asked

    package var requests: [Request] { script.withLock(\.requests) }

    /// The requests since the last time.
    package func takeRequests() -> [Request] {
        script.withLock { script in
            defer { script.requests = [] }
            return script.requests
        }
    }

    // MARK: HTTPTransport

    package func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        try await answer(Request(url: url, body: nil), atMost: limit)
    }

    package func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        let request = Request(url: url, body: body)
        return try await answer(request, atMost: limit)
    }

    private func answer(_ request: Request, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        script.withLock { $0.requests.append(request) }
        if request.body != nil { await pass(request) }
        let answer = script.withLock { script -> Answer? in
            guard !script.unreachable.contains(where: request.url.hasPrefix) else { return nil }
            if let reply = script.replies[request.url] { return { _ in reply } }
            return script.routes.first { request.url.hasPrefix($0.prefix) }?.answer
        }
        guard let reply = try await answer?(request) else {
            throw CofferError(.tryLater, "\(request.host) cannot be reached.")
        }
        guard reply.body.count <= limit else { throw CofferError(.tryLater, "\(request.host) answers too much.") }
        return reply
    }

    private func pass(_ request: Request) async {
        await withCheckedContinuation { continuation in
            let isHeld = script.withLock { script in
                script.held?.append(continuation)
                return script.held != nil
            }
            arrive.yield(request)
            if !isHeld { continuation.resume() }
        }
    }
}

extension HTTPReply {
    package static func ok(_ body: Bytes) -> HTTPReply { HTTPReply(status: 200, body: body) }

    /// 404 when there is nothing.
    package static func file(_ body: Bytes?) -> HTTPReply { body.map(ok) ?? HTTPReply(status: 404, body: []) }

    package static func text(_ status: Int, _ text: String) -> HTTPReply {
        HTTPReply(status: status, body: Array(text.utf8))
    }

    /// What a server of Coffer's says when it refuses.
    package static func refusal(_ status: Int = 403, code: Int = 77, rule: String) -> HTTPReply {
        text(status, #"{"schema":"coffer.error.v1","code":\#(code),"rule":"\#(rule)","message":"\#(rule)"}"#)
    }
}
