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
final class World: Sendable {
    private struct Inner {
        var scenario: Scenario
        var oneTime: [String: SealingPrivateKey] = [:]
        var deposits: [String: [Hash256: Deposit]] = [:]
        var stops: [String: [Bytes]] = [:]
    }

    /// What the network's answers hold; the world holds it too.
    private final class Servers: Sendable {
        let inner: Mutex<Inner>
        let clock: ManualClock

        init(_ scenario: Scenario) {
            inner = Mutex(Inner(scenario: scenario))
            clock = ManualClock(scenario.now)
        }

        func answer(_ request: ScriptedTransport.Request) -> HTTPReply {
            inner.withLock { inner in
                inner.scenario.now = clock.now
                return (try? World.answer(request.server, request.path, request.body ?? [], &inner)) ?? .text(400, "")
            }
        }
    }

    static let brokers = ["acme-1", "acme-2", "acme-3", "council-1"]
    let network: ScriptedTransport
    private let home: TemporaryDirectory
    private let servers: Servers

    init() throws {
        let home = try TemporaryDirectory()
        _ = try home.directory("state")
        let servers = Servers(
            Scenario {
                $0.minimumWindow = 0
                $0.minimumNotice = 0
                $0.lake = home.path + "/lake"
            })
        self.home = home
        self.servers = servers
        network = ScriptedTransport { servers.answer($0) }
    }

    var path: String { home.path }
    var clock: ManualClock { servers.clock }

    var state: LedgerState { servers.inner.withLock { $0.scenario.state } }
    var lake: DirectoryLake { get throws { try DirectoryLake(path: path + "/lake") } }

    func setDown(_ names: [String], _ isDown: Bool = true) {
        network.setDown(names.map { "http://\($0).example/" }, isDown)
    }

    /// From now on this broker answers every stop so.
    func refuseStops(_ name: String, with reply: HTTPReply) {
        network.reply(to: "http://\(name).example/stop", reply)
    }

    func change(_ body: (inout Scenario) -> Void) {
        servers.inner.withLock {
            $0.scenario.now = clock.now
            body(&$0.scenario)
        }
    }

    /// How many stops were sent to a broker, taken or not.
    func attempts(at broker: String) -> Int {
        network.requests.count { $0.server == broker && $0.path == "stop" }
    }

    func stops(at broker: String) -> [Bytes] { servers.inner.withLock { $0.stops[broker] ?? [] } }
    func loses(_ broker: String) { servers.inner.withLock { $0.deposits[broker] = [:] } }
    func deposit(_ consent: Hash256, at broker: String) -> Deposit? {
        servers.inner.withLock { $0.deposits[broker]?[consent] }
    }

    /// Someone's programme over a store of her own, which may begin with a state of the brokers'.
    func programme(_ name: String = "ledger", beginning: Bool = false) throws -> LedgerAccess {
        let charter = try CharterFile(parsing: servers.inner.withLock { $0.scenario.charterNote })
        let start = TrustedBootstrap(charter: charter, least: 1, transport: network, say: { _ in })
        return LedgerAccess(
            pin: Pin(origin: Scenario.origin, charterHash: charter.hash, ledgerURL: "http://ledger.example"),
            storage: FollowerStorage(try LedgerDatabase(path: "\(path)/state/\(name).db"), in: path),
            start: beginning ? start : nil,
            transport: network, now: clock.read)
    }

    // MARK: Serving

    private static func answer(_ name: String, _ path: String, _ body: Bytes, _ inner: inout Inner) throws -> HTTPReply
    {
        switch path {
        case "checkpoint": return .ok(try checkpoint(inner.scenario).encoded)
        case "append": return try append(body, &inner)
        case _ where path.hasPrefix("state"): return try stated(name, path, inner.scenario)
        case _ where path.hasPrefix("tile/0/"):
            return HTTPReply(
                status: 200, body: HashTile.encode(inner.scenario.entries.map { Merkle.leafHash($0.encoded) }))
        case "stop":
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
            return inner.deposits[name]?[consent] == nil ? .file(nil) : .ok([])
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
            isDuplicate: isDuplicate, checkpoint: try checkpoint(inner.scenario),
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

    private static func checkpoint(_ scenario: Scenario) throws -> SignedNote {
        try scenario.checkpoint(at: scenario.now)
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
