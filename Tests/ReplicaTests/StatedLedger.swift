import CofferTestKit
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Synchronization

/// A ledger's files, and brokers that sign what they like about it: reached over a transport that remembers what was
/// asked for.
final class StatedLedger: HTTPTransport {
    private struct Served {
        var head: Bytes?
        /// By URL, beside the ledger's files.
        var answers: [String: Bytes] = [:]
        var asked: [String] = []
        var handover: Bytes?
    }

    let folder = NSTemporaryDirectory() + "coffer-stated-\(UInt64.random(in: 0 ... .max))"
    private let served = Mutex(Served())
    private let said = Mutex<[String]>([])

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var tiles: TileDirectory { TileDirectory(path: folder + "/log") }

    // MARK: What is served

    /// All entries of the scenario, under this head; the partial tiles of the head and of all of them.
    func serve(_ scenario: Scenario, head: SignedNote? = nil, handover: SignedNote? = nil) throws {
        let head = try head ?? scenario.head(at: scenario.now)
        try? FileManager.default.removeItem(atPath: folder + "/log")
        var edge = TileEdge()
        let entries = scenario.entries.map(\.encoded)
        let covered = min(entries.count, Int(clamping: try Checkpoint(parsing: head.text).size))
        try tiles.write(edge.append(Array(entries[..<covered])))
        if covered < entries.count { try tiles.write(edge.append(Array(entries[covered...]))) }
        served.withLock {
            $0.head = head.encoded
            $0.handover = handover?.encoded
        }
    }

    /// What a broker would sign of the first entries, or what it makes of it, and by whom that is signed.
    @discardableResult
    func state(
        _ broker: String, of scenario: Scenario, size: Int, signer: String? = nil,
        snapshot change: (LedgerSnapshot) throws -> Bytes = { $0.encoded },
        note changeNote: (StateNote) -> StateNote = { $0 }
    ) throws -> SignedNote {
        let snapshot = try Self.snapshot(scenario, size: size)
        let bytes = try change(snapshot)
        let stated = changeNote(
            StateNote(
                origin: Scenario.origin, size: SaturatingUInt64(rawValue: snapshot.size), root: snapshot.root,
                state: snapshot.state.digest,
                snapshot: Hash256(of: bytes), broker: Scenario.publicKey(broker), time: scenario.now))
        let note = try SignedNote.message(stated.text, by: Scenario.key(signer ?? broker))
        answer("\(broker)/state", note.encoded)
        answer("\(broker)/state/\(size)", bytes)
        return note
    }

    /// `NAME/PATH`; nil for 404.
    func answer(_ path: String, _ bytes: Bytes?) {
        let parts = path.split(separator: "/", maxSplits: 1)
        served.withLock { $0.answers["http://\(parts[0]).example/\(parts[1])"] = bytes }
    }

    static func snapshot(_ scenario: Scenario, size: Int, retention: Retention = .needed) throws -> LedgerSnapshot {
        let (state, frontier) = scenario.replayed(size, retention)
        return LedgerSnapshot(state: state, frontier: frontier)
    }

    // MARK: What was asked

    /// The paths at the ledger's server since the last time.
    func asked() -> [String] {
        served.withLock { served in
            defer { served.asked = [] }
            return served.asked
        }
    }

    var lines: [String] { said.withLock { $0 } }

    // MARK: Followers

    var evidence: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder + "/evidence")) ?? [] }

    func evidence(_ file: String) throws -> String {
        try String(contentsOfFile: folder + "/evidence/" + file, encoding: .utf8)
    }

    func store() throws -> LedgerDatabase {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try LedgerDatabase(path: folder + "/ledger.db")
    }

    func start(_ scenario: Scenario, least: UInt64 = 1, keeping: Bool = false) throws -> TrustedBootstrap {
        TrustedBootstrap(
            charter: try CharterFile(parsing: scenario.charterNote), least: least,
            snapshots: keeping ? SnapshotFile(path: folder + "/state") : nil, transport: self,
            say: { line in self.said.withLock { $0.append(line) } })
    }

    func follower(_ scenario: Scenario, start: TrustedBootstrap?, isOffline: Bool = false) throws -> Follower {
        Follower(
            pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""), store: try store(),
            sources: isOffline ? [] : [HTTPSource(url: "http://ledger.example", transport: self)],
            evidence: EvidenceFolder(path: folder + "/evidence"), start: start)
    }

    // MARK: Serving

    func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        let prefix = "http://ledger.example/"
        let path = url.hasPrefix(prefix) ? String(url.dropFirst(prefix.count)) : nil
        let answer = served.withLock { served -> Bytes? in
            served.asked.append(path ?? url)
            if let answer = served.answers[url] { return answer }
            switch path {
            case "checkpoint": return served.head
            case "charters/0/checkpoint": return served.handover
            case let path?: return FileManager.default.contents(atPath: folder + "/log/" + path).map(Array.init)
            default: return nil
            }
        }
        guard let answer else { return HTTPReply(status: 404, body: []) }
        guard answer.count <= limit else { throw CofferError(.tryLater, "too much") }
        return HTTPReply(status: 200, body: answer)
    }

    func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        throw CofferError(.tryLater, "nothing to post")
    }
}
