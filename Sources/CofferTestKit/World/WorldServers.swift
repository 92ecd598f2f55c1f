import Ledger
import Messages
import Replica
import Rules
import Sealing
import Synchronization

/// What the servers of a world hold, and their answers.
final class WorldServers: Sendable {
    private struct Held {
        var scenario: Scenario
        var oneTime: [String: SealingPrivateKey] = [:]
        var deposits: [String: [Hash256: Deposit]] = [:]
        var stops: [String: [Bytes]] = [:]
    }

    let clock: ManualClock
    let log: ServedLog
    private let held: Mutex<Held>

    init(_ scenario: Scenario) throws {
        held = Mutex(Held(scenario: scenario))
        clock = ManualClock(scenario.now)
        log = try ServedLog(scenario)
    }

    /// The ledger at the clock's time, which may be behind its own.
    func change<R: Sendable>(_ body: (inout Scenario) throws -> R) rethrows -> R {
        try held.withLock { held in
            held.scenario.now = max(held.scenario.now, clock.now)
            return try body(&held.scenario)
        }
    }

    func publish() throws { try change { try log.serve($0, at: clock.now) } }

    /// A file of the log as it is now.
    private func file(_ path: String) throws -> Bytes? {
        try change {
            try log.serve($0, at: clock.now)
            return log.file(path)
        }
    }

    func stops(at broker: String) -> [Bytes] { held.withLock { $0.stops[broker] ?? [] } }
    func lose(_ broker: String) { held.withLock { $0.deposits[broker] = [:] } }
    func deposit(_ consent: Hash256, at broker: String) -> Deposit? { held.withLock { $0.deposits[broker]?[consent] } }

    // MARK: Answers

    func answer(_ request: ScriptedTransport.Request) -> HTTPReply {
        (try? reply(request.server, request.path, request.body)) ?? .text(400, "")
    }

    private func reply(_ server: String, _ path: String, _ body: Bytes?) throws -> HTTPReply {
        guard let body else {
            if path.hasPrefix("state") { return try state(path, of: server) }
            if path.hasPrefix("deposit/") {
                let consent = try Hash256(hex: String(path.dropFirst("deposit/".count)))
                return deposit(consent, at: server) == nil ? .file(nil) : .ok([])
            }
            if path.hasPrefix("charters/") { return try handover(path) }
            return .file(try file(path))
        }
        switch path {
        case "append": return try append(body)
        case "stop": return try stop(body, at: server)
        case "deposit/key": return try depositKey(body, at: server)
        case "deposit": return try deposit(body, at: server)
        default: return .file(nil)
        }
    }

    /// A checkpoint over the amendment that ended a charter.
    private func handover(_ path: String) throws -> HTTPReply {
        let number = path.split(separator: "/").dropFirst().first.flatMap { Int($0) } ?? 0
        return try change { scenario in
            let charters = scenario.state.charters
            guard charters.count > number + 1 else { return .file(nil) }
            let size = Int(charters[number + 1].mark.index) + 1
            return .ok(try scenario.checkpoint(size: size, at: scenario.now).encoded)
        }
    }

    private func append(_ body: Bytes) throws -> HTTPReply {
        let note = try SignedNote(parsing: body)
        return try change { scenario in
            let known = scenario.state.index(of: note.hash)
            let verdict = known == nil ? scenario.append(body) : .accepted(note.hash)
            let size = scenario.state.size
            let index = known ?? size - 1
            let tree = Tree(size: size, source: Leaves(entries: scenario.entries))
            let answer = AppendAnswer(
                index: SaturatingUInt64(rawValue: index), time: scenario.entries[Int(index)].stamp, verdict: verdict,
                isDuplicate: known != nil, checkpoint: try scenario.checkpoint(at: scenario.now),
                size: SaturatingUInt64(rawValue: size), proof: try tree.inclusionProof(index: index))
            return .ok(answer.json.encoded)
        }
    }

    private func stop(_ body: Bytes, at broker: String) throws -> HTTPReply {
        let note = try SignedNote(parsing: body)
        held.withLock { $0.stops[broker, default: []].append(body) }
        return try receipt(.stop, of: note.hash, by: broker)
    }

    private func depositKey(_ body: Bytes, at broker: String) throws -> HTTPReply {
        let request = try DepositKeyRequest(parsing: try SignedNote(parsing: body).text)
        let key = try SealingPrivateKey()
        held.withLock { $0.oneTime[broker] = key }
        return try signed(
            DepositKeyIssued(
                origin: Scenario.origin, consent: request.consent, broker: Scenario.publicKey(broker),
                key: key.publicKey, until: clock.now + 600_000
            ).text, broker)
    }

    private func deposit(_ body: Bytes, at broker: String) throws -> HTTPReply {
        let hash = try Hash256(body.prefix(32))
        let refused = HTTPReply(status: 403, body: [])
        let scenario = change { $0 }
        guard let key = held.withLock({ $0.oneTime.removeValue(forKey: broker) }),
            let consent = scenario.state.consents[hash]?.consent
        else { return refused }
        let deposit = try Deposit.open(
            Array(body.dropFirst(32)), with: key, origin: Scenario.origin, consent: hash)
        let terms = scenario.terms
        guard let group = terms.groups.first(where: { $0.brokers.contains { $0.name == broker } }),
            let place = group.brokers.firstIndex(where: { $0.name == broker }),
            deposit.isValid(
                commitment: consent.subKeys, pseudonym: consent.pseudonym, groups: terms.shapes, group: group.name,
                broker: place)
        else { return refused }
        held.withLock { $0.deposits[broker, default: [:]][hash] = deposit }
        return try receipt(.deposit, of: hash, by: broker)
    }

    /// Every broker states now what all entries come to.
    private func state(_ path: String, of broker: String) throws -> HTTPReply {
        let scenario = change { $0 }
        let (state, frontier) = scenario.replayed(scenario.entries.count, .needed)
        let snapshot = LedgerSnapshot(state: state, frontier: frontier).encoded
        guard path == "state" else { return .ok(snapshot) }
        let note = StateNote(
            origin: Scenario.origin, size: SaturatingUInt64(rawValue: state.size), root: frontier.root,
            state: state.digest, snapshot: Hash256(of: snapshot), broker: Scenario.publicKey(broker),
            time: clock.now)
        return try signed(note.text, broker)
    }

    private func receipt(_ subject: Receipt.Subject, of statement: Hash256, by broker: String) throws -> HTTPReply {
        try signed(
            Receipt(
                subject, origin: Scenario.origin, statement: statement, broker: Scenario.publicKey(broker),
                time: clock.now
            ).text, broker)
    }

    private func signed(_ text: Bytes, _ broker: String) throws -> HTTPReply {
        .ok(try SignedNote.message(text, by: Scenario.key(broker)).encoded)
    }
}

/// The hashes of a small log, made from its entries.
private struct Leaves: HashSource {
    let entries: [Entry]

    func hash(level: Int, index: UInt64) throws -> Hash256 {
        if level == 0 { return Merkle.leafHash(entries[Int(index)].encoded) }
        return Merkle.nodeHash(
            try hash(level: level - 1, index: index * 2), try hash(level: level - 1, index: index * 2 + 1))
    }
}
