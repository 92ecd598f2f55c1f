import CofferTestKit
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Synchronization

/// A log, and brokers that sign what they like about it, on a network that remembers what was asked for.
final class StatedLedger: Sendable {
    let network = ScriptedTransport()
    private let log = ServedLog()
    private let home: TemporaryDirectory
    private let said = Mutex<[String]>([])

    init() throws {
        home = try TemporaryDirectory()
        for name in ["acme-1", "acme-2", "acme-3", "council-1"] {
            network.route("http://\(name).example/") { _ in .file(nil) }
        }
        network.route("http://ledger.example/", log.answer)
    }

    var directory: String { home.path }

    // MARK: What is served

    /// All entries of the scenario, under this checkpoint.
    func serve(_ scenario: Scenario, checkpoint: SignedNote? = nil, handover: SignedNote? = nil) throws {
        log.serve(
            scenario.entries.map(\.encoded), checkpoint: try checkpoint ?? scenario.checkpoint(at: scenario.now),
            handovers: handover.map { [0: $0] } ?? [:])
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

    /// `NAME/PATH`; nil takes an answer back.
    func answer(_ path: String, _ bytes: Bytes?) {
        let parts = path.split(separator: "/", maxSplits: 1)
        network.reply(to: "http://\(parts[0]).example/\(parts[1])", bytes.map(HTTPReply.ok))
    }

    static func snapshot(_ scenario: Scenario, size: Int, retention: Retention = .needed) throws -> LedgerSnapshot {
        let (state, frontier) = scenario.replayed(size, retention)
        return LedgerSnapshot(state: state, frontier: frontier)
    }

    // MARK: What was asked

    /// What was asked for since the last time: paths at the ledger's server, and other servers' URLs.
    func asked() -> [String] {
        network.takeRequests().map { $0.server == "ledger" ? $0.path : $0.url }
    }

    var lines: [String] { said.withLock { $0 } }

    // MARK: Followers

    var evidence: [String] { (try? FileManager.default.contentsOfDirectory(atPath: directory + "/evidence")) ?? [] }

    func evidence(_ file: String) throws -> String {
        try String(contentsOfFile: directory + "/evidence/" + file, encoding: .utf8)
    }

    func store() throws -> LedgerDatabase {
        try LedgerDatabase(path: directory + "/ledger.db")
    }

    func start(_ scenario: Scenario, least: UInt64 = 1, keeping: Bool = false) throws -> TrustedBootstrap {
        TrustedBootstrap(
            charter: try CharterFile(parsing: scenario.charterNote), least: least,
            snapshots: keeping ? SnapshotFile(path: directory + "/state") : nil, transport: network,
            say: { line in self.said.withLock { $0.append(line) } })
    }

    func follower(_ scenario: Scenario, start: TrustedBootstrap?, isOffline: Bool = false) throws -> Follower {
        Follower(
            pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""), store: try store(),
            sources: isOffline ? [] : [HTTPSource(url: "http://ledger.example", transport: network)],
            evidence: EvidenceDirectory(path: directory + "/evidence"), start: start)
    }
}
