import Ledger
import Messages
import Rules
import Sealing
import Synchronization

/// A server at an address; nil if its machine dies during the request.
protocol Host: Sendable {
    func get(_ path: String) async -> HTTPReply?
    func post(_ path: String, _ body: Bytes) async -> HTTPReply?
}

/// The requests between servers. The seed, the two machines and the request's number between them decide which are
/// lost, repeated or answered with an old reply, so the order of simultaneous requests does not matter.
final class Network: Sendable {
    struct Pair: Hashable, Sendable {
        let from: String
        let to: String
    }

    struct NetworkState {
        var hosts: [String: any Host] = [:]
        /// Machines that are cut off from all others.
        var islands: Set<String> = []
        /// What a machine sees instead of the ledger.
        var forged: [String: any Host] = [:]
        var requests: [Pair: UInt64] = [:]
        var appends: [Pair: UInt64] = [:]
        var forgedAnswers = 0
        var checkpoints: [String: [Bytes]] = [:]
        var isCalm = true
        /// Everything that was sent by POST.
        var transcript: [Bytes] = []
    }

    let state = Mutex(NetworkState())
    private let seed: UInt64
    private let plan: Plan

    init(seed: UInt64, plan: Plan) {
        self.seed = seed
        self.plan = plan
    }

    func attach(_ host: (any Host)?, as name: String) { state.withLock { $0.hosts[name] = host } }
    func link(from machine: String) -> Link { Link(network: self, machine: machine) }
    func record(_ bytes: Bytes) { state.withLock { $0.transcript.append(bytes) } }

    enum Fate { case whole, requestLost, replyLost, twice, old }

    fileprivate func fate(_ pair: Pair) -> Fate {
        let number = state.withLock { state -> UInt64? in
            if state.isCalm { return nil }
            state.requests[pair, default: 0] += 1
            return state.requests[pair]
        }
        guard let number else { return .whole }
        let draw = Self.mix(seed ^ Self.mix(Self.fold(pair.from) &* 31 &+ Self.fold(pair.to)) ^ Self.mix(number))
        let percent = Int(draw % 100)
        switch percent {
        case ..<plan.lost: return draw & 1 << 40 == 0 ? .requestLost : .replyLost
        case ..<(plan.lost + plan.duplicated): return .twice
        case ..<(plan.lost + plan.duplicated + plan.stale): return .old
        default: return .whole
        }
    }

    /// The answer of someone on the way who has no key: that the statement is logged already, or that it was refused.
    /// The request goes no further.
    fileprivate func forgedAnswer(_ pair: Pair, _ path: String) -> HTTPReply? {
        guard path == "append" else { return nil }
        return state.withLock { state in
            guard !state.isCalm else { return nil }
            state.appends[pair, default: 0] += 1
            let number = Self.mix(state.appends[pair] ?? 0)
            let draw = Self.mix(seed ^ Self.mix(Self.fold(pair.from) &* 37 &+ Self.fold(pair.to)) ^ number)
            guard Int(draw % 100) < plan.forgedAnswers else { return nil }
            state.forgedAnswers += 1
            guard draw & 1 << 40 == 0, let bytes = state.checkpoints[pair.to]?.last,
                let checkpoint = try? SignedNote(checkpoint: bytes)
            else { return .refusal(entry: 1) }
            let answer = AppendAnswer(
                index: 0, time: 0, verdict: .accepted(.zero), isDuplicate: true, checkpoint: checkpoint, size: 1,
                proof: [])
            return HTTPReply(status: 200, body: answer.json.encoded)
        }
    }

    fileprivate func host(_ pair: Pair) -> (any Host)? {
        state.withLock { state in
            if state.islands.contains(pair.from) != state.islands.contains(pair.to) { return nil }
            if pair.to == Cast.ledger, let forged = state.forged[pair.from] { return forged }
            return state.hosts[pair.to]
        }
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private static func fold(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

/// One machine's view of the network.
struct Link: HTTPTransport {
    let network: Network
    let machine: String

    private static let gone = CofferError(.tryLater, "No answer.")

    private func split(_ url: String) -> (pair: Network.Pair, path: String) {
        let parts = url.dropFirst("http://".count).split(separator: "/", maxSplits: 1)
        let name = parts.first.map { String($0.dropLast(".example".count)) } ?? ""
        return (.init(from: machine, to: name), parts.count > 1 ? String(parts[1]) : "")
    }

    func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        let (pair, path) = split(url)
        guard let host = network.host(pair) else { throw Self.gone }
        let fate = network.fate(pair)
        if fate == .requestLost || fate == .replyLost { throw Self.gone }
        guard let reply = await host.get(path) else { throw Self.gone }
        guard path == "checkpoint", reply.status == 200 else { return reply }
        // A cache on the way can return any checkpoint that was served here before.
        let old = network.state.withLock { state -> Bytes? in
            var checkpoints = state.checkpoints[pair.to] ?? []
            defer { state.checkpoints[pair.to] = checkpoints }
            if checkpoints.last != reply.body { checkpoints.append(reply.body) }
            return checkpoints.count > 1 ? checkpoints[checkpoints.count - 2] : nil
        }
        return fate == .old ? HTTPReply(status: 200, body: old ?? reply.body) : reply
    }

    func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        let (pair, path) = split(url)
        guard let host = network.host(pair) else { throw Self.gone }
        network.record(body)
        let fate = network.fate(pair)
        if fate == .requestLost { throw Self.gone }
        if let forged = network.forgedAnswer(pair, path) { return forged }
        var reply = await host.post(path, body)
        if fate == .twice { reply = await host.post(path, body) }
        guard let reply, fate != .replyLost else { throw Self.gone }
        network.record(reply.body)
        return reply
    }
}

extension HTTPReply {
    /// A 403 that names an entry; anyone can write one.
    static func refusal(entry: UInt64) -> HTTPReply {
        let error = CofferError(.refused, "no", rule: "revoked", entry: entry)
        return HTTPReply(status: 403, body: CanonicalJSON.object(ErrorReply(error).members).encoded)
    }
}
