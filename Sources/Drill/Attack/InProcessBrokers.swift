import Broker
import Messages
import Sealing
import Synchronization

/// The brokers of a world, reached by their URLs. Stopped brokers do not answer.
///
/// All asks and answers are kept, as an attacker on the network would see them.
final class InProcessBrokers: HTTPTransport {
    private let world: CopiedWorld
    private let stopped: Set<String>
    private let seen = Mutex<[Exchange]>([])

    /// One request and its reply, as the network carried them.
    struct Exchange: Sendable {
        let url: String
        let body: Bytes
        let reply: HTTPReply
    }

    /// `stopped` holds the URLs of stopped brokers.
    init(_ world: CopiedWorld, stopped: Set<String> = []) {
        self.world = world
        self.stopped = stopped
    }

    var exchanges: [Exchange] { seen.withLock { $0 } }

    func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        HTTPReply(status: 404, body: [])
    }

    func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        guard let (server, broker) = world.brokers.first(where: { url.hasPrefix($0.key + "/") }) else {
            return HTTPReply(status: 404, body: [])
        }
        guard !stopped.contains(server) else { throw CofferError(.tryLater, "The broker was stopped.") }
        let reply: HTTPReply
        do throws(BrokerRefusal) {
            switch url.dropFirst(server.utf8.count) {
            case "/session": reply = HTTPReply(status: 200, body: try await broker.openSession(body))
            case "/session/ask": reply = HTTPReply(status: 200, body: try await broker.askInSession(body))
            case "/ask": reply = HTTPReply(status: 200, body: try await broker.ask(body))
            default: return HTTPReply(status: 404, body: [])
            }
        } catch {
            reply = Self.refusal(error.error)
        }
        seen.withLock { $0.append(Exchange(url: url, body: body, reply: reply)) }
        return reply
    }

    private static func refusal(_ error: CofferError) -> HTTPReply {
        let status =
            switch error.code {
            case .refused: 403
            case .notFound: 404
            case .tryLater: 503
            default: 400
            }
        return HTTPReply(status: status, body: ErrorReply(error).json.encoded)
    }
}
