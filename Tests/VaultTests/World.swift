import CofferTestKit
import Crypto
import Foundation
import Lake
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Synchronization

@testable import Keyholder

/// A ledger, four brokers and a lake in this process, behind the URLs of their charter. Everything in it is real but
/// the network.
final class World: HTTPTransport {
    private struct Inner {
        var scenario: Scenario
        var down: Set<String> = []
        /// The replies of brokers that refuse every stop.
        var refusals: [String: HTTPReply] = [:]
        /// How many stops were sent to a broker, taken or not.
        var attempts: [String: Int] = [:]
        var oneTime: [String: SealingPrivateKey] = [:]
        var deposits: [String: [Hash256: Deposit]] = [:]
        var stops: [String: [Bytes]] = [:]
    }

    static let brokers = ["acme-1", "acme-2", "acme-3", "council-1"]
    let path: String
    let clock: ManualClock
    private let inner: Mutex<Inner>

    init() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("world-\(UUID().uuidString)").path
        self.path = path
        try FileManager.default.createDirectory(atPath: path + "/state", withIntermediateDirectories: true)
        let scenario = Scenario {
            $0.minimumWindow = 0
            $0.minimumNotice = 0
            $0.lake = path + "/lake"
        }
        clock = ManualClock(scenario.now)
        inner = Mutex(Inner(scenario: scenario))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var state: LedgerState { inner.withLock { $0.scenario.state } }
    var lake: DirectoryLake { get throws { try DirectoryLake(path: path + "/lake") } }

    func setDown(_ names: [String], _ isDown: Bool = true) {
        inner.withLock { inner in
            for name in names { if isDown { inner.down.insert(name) } else { inner.down.remove(name) } }
        }
    }

    /// From now on this broker answers every stop so.
    func refuseStops(_ name: String, with reply: HTTPReply) { inner.withLock { $0.refusals[name] = reply } }

    func change(_ body: (inout Scenario) -> Void) {
        inner.withLock {
            $0.scenario.now = clock.now
            body(&$0.scenario)
        }
    }

    func attempts(at broker: String) -> Int { inner.withLock { $0.attempts[broker] ?? 0 } }
    func stops(at broker: String) -> [Bytes] { inner.withLock { $0.stops[broker] ?? [] } }
    func loses(_ broker: String) { inner.withLock { $0.deposits[broker] = [:] } }
    func deposit(_ consent: Hash256, at broker: String) -> Deposit? { inner.withLock { $0.deposits[broker]?[consent] } }

    /// Someone's programme over a store of her own, which may begin with a state of the brokers'.
    func programme(_ name: String = "ledger", beginning: Bool = false) throws -> LedgerAccess {
        let charter = try CharterFile(parsing: inner.withLock { $0.scenario.charterNote })
        let start = TrustedBootstrap(charter: charter, least: 1, transport: self, say: { _ in })
        return LedgerAccess(
            pin: Pin(origin: Scenario.origin, charterHash: charter.hash, ledgerURL: "http://ledger.example"),
            storage: FollowerStorage(try LedgerDatabase(path: "\(path)/state/\(name).db"), in: path),
            start: beginning ? start : nil,
            transport: self, now: clock.read)
    }

    // MARK: Serving

    func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply { try serve(url, nil) }
    func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        try serve(url, body)
    }

    private func serve(_ url: String, _ body: Bytes?) throws(CofferError) -> HTTPReply {
        let parts = url.dropFirst("http://".count).split(separator: "/", maxSplits: 1).map(String.init)
        let name = String(parts[0].dropLast(".example".count))
        let reply = inner.withLock { inner -> HTTPReply? in
            if parts[1] == "stop" { inner.attempts[name, default: 0] += 1 }
            guard !inner.down.contains(name) else { return nil }
            inner.scenario.now = clock.now
            return (try? Self.answer(name, parts[1], body ?? [], &inner)) ?? HTTPReply(status: 400, body: [])
        }
        guard let reply else { throw CofferError(.tryLater, "\(name) is down.") }
        return reply
    }

    private static func answer(_ name: String, _ path: String, _ body: Bytes, _ inner: inout Inner) throws -> HTTPReply
    {
        switch path {
        case "checkpoint": return HTTPReply(status: 200, body: try head(inner.scenario).encoded)
        case "append": return try append(body, &inner)
        case _ where path.hasPrefix("state"): return try stated(name, path, inner.scenario)
        case _ where path.hasPrefix("tile/0/"):
            return HTTPReply(
                status: 200, body: HashTile.encode(inner.scenario.entries.map { Merkle.leafHash($0.encoded) }))
        case "stop":
            if let refusal = inner.refusals[name] { return refusal }
            let note = try SignedNote(parsing: body)
            inner.stops[name, default: []].append(body)
            return try signed(
                Receipt(
                    .stop, origin: Scenario.origin, statement: note.hash, broker: Scenario.publicKey(name),
                    time: inner.scenario.now
                ).text, name)
        case "deposit/key":
            let request = try DepositKeyRequest(parsing: try SignedNote(parsing: body).text)
            let key = try SealingPrivateKey()
            inner.oneTime[name] = key
            return try signed(
                DepositKeyIssued(
                    origin: Scenario.origin, consent: request.consent, broker: Scenario.publicKey(name),
                    key: key.publicKey, until: inner.scenario.now + 600_000
                ).text, name)
        case "deposit": return try deposit(name, body, &inner)
        case _ where path.hasPrefix("deposit/"):
            let consent = try Hash256(hex: String(path.dropFirst("deposit/".count)))
            return HTTPReply(status: inner.deposits[name]?[consent] == nil ? 404 : 200, body: [])
        default:
            // tile/entries/000.p/N: all tests stay below one bundle.
            var writer = ByteWriter()
            for entry in inner.scenario.entries { writer.lp(entry.encoded) }
            return HTTPReply(status: 200, body: writer.bytes)
        }
    }

    /// Every broker says now what all entries come to.
    private static func stated(_ name: String, _ path: String, _ scenario: Scenario) throws -> HTTPReply {
        var state = LedgerState(origin: Scenario.origin, charterHash: scenario.charter.hash, retention: .needed)
        var frontier = MerkleFrontier()
        for entry in scenario.entries {
            state.apply(entry)
            frontier.append(leafHash: Merkle.leafHash(entry.encoded))
        }
        let snapshot = LedgerSnapshot(state: state, frontier: frontier).encoded
        guard path == "state" else { return HTTPReply(status: 200, body: snapshot) }
        let note = StateNote(
            origin: Scenario.origin, size: SaturatingUInt64(rawValue: state.size), root: frontier.root,
            state: state.digest,
            snapshot: Hash256(of: snapshot), broker: Scenario.publicKey(name), time: scenario.now)
        return try signed(note.text, name)
    }

    private static func deposit(_ name: String, _ body: Bytes, _ inner: inout Inner) throws -> HTTPReply {
        let hash = try Hash256(body.prefix(32))
        guard let key = inner.oneTime.removeValue(forKey: name),
            let consent = inner.scenario.state.consents[hash]?.consent
        else { return HTTPReply(status: 403, body: []) }
        let deposit = try Deposit.open(
            Array(body.dropFirst(32)), with: key, origin: Scenario.origin, consent: hash)
        let terms = inner.scenario.terms
        guard let group = terms.groups.first(where: { $0.brokers.contains { $0.name == name } }),
            let place = group.brokers.firstIndex(where: { $0.name == name }),
            deposit.isValid(
                commitment: consent.subKeys, pseudonym: consent.pseudonym, groups: terms.shapes, group: group.name,
                broker: place)
        else { return HTTPReply(status: 403, body: []) }
        inner.deposits[name, default: [:]][hash] = deposit
        return try signed(
            Receipt(
                .deposit, origin: Scenario.origin, statement: hash, broker: Scenario.publicKey(name),
                time: inner.scenario.now
            ).text, name)
    }

    private static func signed(_ text: Bytes, _ name: String) throws -> HTTPReply {
        var note = try SignedNote(text: text, signatures: [])
        note.sign(with: Scenario.key(name))
        return HTTPReply(status: 200, body: note.encoded)
    }

    private static func append(_ body: Bytes, _ inner: inout Inner) throws -> HTTPReply {
        let note = try SignedNote(parsing: body)
        if let index = inner.scenario.state.index(of: note.hash) {
            return try reply(index: index, verdict: .accepted(note.hash), isDuplicate: true, inner)
        }
        let verdict = inner.scenario.append(body)
        return try reply(index: inner.scenario.state.size - 1, verdict: verdict, isDuplicate: false, inner)
    }

    private static func reply(index: UInt64, verdict: Verdict, isDuplicate: Bool, _ inner: Inner) throws -> HTTPReply {
        let tree = Tree(size: inner.scenario.state.size, source: Leaves(entries: inner.scenario.entries))
        let answer = AppendAnswer(
            index: SaturatingUInt64(rawValue: index), time: inner.scenario.entries[Int(index)].stamp, verdict: verdict,
            isDuplicate: isDuplicate, head: try head(inner.scenario),
            size: SaturatingUInt64(rawValue: inner.scenario.state.size),
            proof: try tree.inclusionProof(index: index))
        return HTTPReply(status: 200, body: answer.json.encoded)
    }

    private struct Leaves: HashSource {
        let entries: [Entry]

        func hash(level: Int, index: UInt64) throws -> Hash256 {
            if level == 0 { return Merkle.leafHash(entries[Int(index)].encoded) }
            return Merkle.nodeHash(
                try hash(level: level - 1, index: index * 2), try hash(level: level - 1, index: index * 2 + 1))
        }
    }

    private static func head(_ scenario: Scenario) throws -> SignedNote {
        var frontier = MerkleFrontier()
        for entry in scenario.entries { frontier.append(leafHash: Merkle.leafHash(entry.encoded)) }
        let text = Checkpoint(
            origin: Scenario.origin, size: SaturatingUInt64(rawValue: frontier.size), root: frontier.root
        ).text
        var note = try SignedNote(text: text, signatures: [])
        guard let ledger = scenario.terms.ledgerNoteKey(origin: Scenario.origin) else { throw NoteError.malformed }
        note.add(ledger.sign(text, with: Scenario.key("ledger")))
        for name in brokers {
            let key = Scenario.key("cosigner " + name)
            note.add(
                Cosignature.make(text, by: NoteKey(cosigner: key.publicKey), with: key, time: Seconds(scenario.now)))
        }
        return note
    }

    // MARK: A job's view

    /// A page's or index's key, from the partials of two company brokers and the council's.
    func key(consent: Hash256, x: Hash256) -> SymmetricKey? {
        let company = ["acme-1", "acme-2", "acme-3"].compactMap { deposit(consent, at: $0) }
        guard company.count >= 2, let council = deposit(consent, at: "council-1") else { return nil }
        var shares: [UInt16: Bytes] = [:]
        for deposit in company {
            for key in deposit.subKeys { shares[key.mask] = ReplicatedPRF.partial(key: key.key, x: x) }
        }
        return ReplicatedPRF.combine(
            [
                shares.sorted { $0.key < $1.key }.map(\.value),
                council.subKeys.map { ReplicatedPRF.partial(key: $0.key, x: x) },
            ], consent: consent, x: x)
    }

    /// What a job reads under a consent: the weeks' indices up to the first that is missing, the pages that are not
    /// erased, and the records of every body.
    func read(_ hash: Hash256, weeks: [Day]) async throws -> (lines: [IndexLine], records: [Record]) {
        let consent = try required(state.consents[hash]?.consent)
        let lake = try lake
        var lines: [IndexLine] = []
        var records: [Record] = []
        for monday in weeks {
            let x = PageIndex.x(consent: hash, monday: monday)
            let key = try required(key(consent: hash, x: x))
            var r: UInt32 = 0
            while let file = try await lake.get(PageIndex.objectName(key: key, r: r)) {
                lines += try PageIndex.open(
                    file, x: x, key: key, pseudonym: consent.pseudonym, monday: monday, scopeCommitment: consent.scope
                ).lines
                r += 1
            }
        }
        let erased = state.erased(under: hash)
        lines.removeAll { erased.contains($0.page) }
        for line in lines {
            let x = ReplicatedPRF.x(
                consent: hash, page: line.page, kind: line.kind.rawValue, app: line.app.string, day: line.day)
            let page = try required(try await lake.get(line.object))
            let items = try Page.open(
                page, x: x, key: try required(key(consent: hash, x: x)), pseudonym: consent.pseudonym, kind: line.kind,
                app: line.app, day: line.day)
            for item in items {
                let body = try required(try await lake.get(item.object))
                guard Hash256(of: body) == item.entry.bodyHash else { throw SealingError.notAuthentic }
                records += try SegmentOpening.records(body: body, kind: item.entry.kind, key: item.contentKey)
            }
        }
        return (lines, records)
    }
}

struct Missing: Error {}

func required<T>(_ value: T?) throws -> T {
    guard let value else { throw Missing() }
    return value
}
