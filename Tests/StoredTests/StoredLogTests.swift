import Audit
import DeskServer
import Foundation
import Keys
import Ledger
import Replica
import Rules
import Sealing
import Testing

/// The ledger's folder, and what laptops and brokers keep of it.
@Suite("Stored log")
struct StoredLogTests {
    /// What `coffer audit verify --json` said.
    struct Verified: Decodable {
        let size: UInt64
        let root: String
        let accepted: UInt64
        let refused: UInt64
        let state: String

        init(_ stored: StoredVault, _ name: String) throws {
            self = try JSONDecoder().decode(Self.self, from: Data(try stored.bytes(name)))
        }
    }

    private let stored: StoredVault

    init() throws {
        stored = try StoredVault(
            "servers/ledger", "servers/north", "servers/south", "servers/east", "servers/desk", "employee/state",
            "employee/proofs", "org")
    }

    @Test("The folder replays to its root and verdicts")
    func theFolderReplaysToItsRootAndVerdicts() async throws {
        let verified = try Verified(stored, "expected/verified.json")
        var lines: [String] = []
        let log = try await Self.replay(stored) { lines.append(Self.line($0)) }
        #expect(log.checkpoint.size == verified.size)
        #expect(log.checkpoint.root.hex == verified.root)
        #expect(log.state.digest.hex == verified.state)
        #expect(log.accepted == verified.accepted)
        #expect(log.refused == verified.refused)
        #expect(try stored.expected("log.jsonl") == lines)
        // Every type of statement is among them.
        let types = Set(lines.compactMap { $0.split(separator: "\"type\":\"").last?.prefix { $0 != "\"" } })
        #expect(types.count == 15)
    }

    @Test("The ledger opens its folder")
    func theLedgerOpensItsFolder() throws {
        let key = try OrgKeyFile(readingFrom: stored.path + "/org/ledger").noteKey
        let writer = try LogWriter(
            origin: stored.charter.origin, key: key, directory: stored.path + "/servers/ledger")
        #expect(writer.size == (try Verified(stored, "expected/verified.json").size))
        #expect(try writer.tree.root().hex == (try Verified(stored, "expected/verified.json").root))
    }

    @Test("A witness knows the checkpoint that it cosigned", arguments: ["north", "south", "east"])
    func aWitnessKnowsTheHeadThatItCosigned(_ name: String) async throws {
        let key = try OrgKeyFile(readingFrom: "\(stored.path)/org/\(name)")
        let origin = stored.charter.origin
        let ledger = try #require(stored.charter.terms.ledgerNoteKey(origin: origin))
        let now = stored.now
        let witness = try Witness(
            key: try #require(key.cosignerKey), logs: [origin: [ledger]], directory: "\(stored.path)/servers/\(name)",
            now: { now })
        let checkpoint = try #require(witness.checkpoint(under: Witness.directoryName(origin)))
        let log = try await Self.replay(stored)
        #expect(try Checkpoint(parsing: try SignedNote(parsing: checkpoint).text).root == log.checkpoint.root)
    }

    @Test("The laptop's database gives the state of the log")
    func theLaptopsDatabaseGivesTheStateOfTheLog() async throws {
        let follower = try stored.follower(database: "employee/state/ledger.db")
        let followed = try #require(try await follower.replay())
        let log = try await Self.replay(stored, remembering: [followed.checkpoint.size])
        let reached = try #require(log.reached[followed.checkpoint.size])
        #expect(followed.checkpoint.size >= 20)
        #expect(followed.checkpoint.root == reached.root)
        #expect(followed.state.digest == reached.state.digest)
    }

    @Test("The desk's database and folder open")
    func theDesksDatabaseAndFolderOpen() async throws {
        let followed = try #require(try await stored.follower(database: "servers/desk/ledger.db").replay())
        let log = try await Self.replay(stored, remembering: [followed.checkpoint.size])
        #expect(try #require(log.reached[followed.checkpoint.size]).root == followed.checkpoint.root)
        let desk = try DeskStore(directory: stored.path + "/servers/desk")
        #expect(try desk.waiting().isEmpty)
        #expect(try desk.lastPublished() == Day(of: stored.now))
    }

    @Test("Every proof of a release holds")
    func everyProofOfAReleaseHolds() async throws {
        var entries: [Bytes] = []
        let log = try await Self.replay(stored) { entries.append($0.entry.encoded) }
        let origin = stored.charter.origin
        let policy = try #require(log.state.charter?.terms.checkpointPolicy(origin: origin))
        let names = try FileManager.default.contentsOfDirectory(atPath: stored.path + "/employee/proofs")
        #expect(names.count == log.state.releases.count)
        for name in names {
            let bytes = try stored.bytes("employee/proofs/\(name)")
            let proof = try TlogProof(parsing: bytes)
            #expect(try proof.verify(entry: entries[Int(clamping: proof.index)], policy: policy).size >= 20)
            #expect(proof.encoded == bytes)
        }
    }

    // MARK: Helpers

    static func replay(
        _ stored: StoredVault, remembering sizes: Set<UInt64> = [], _ visit: (ReplayedEntry) -> Void = { _ in }
    ) async throws -> Replayed {
        let source = DirectorySource(TileDirectory(path: stored.path + "/servers/ledger"))
        return try await Auditor(pin: stored.charter.pin, source: source).replay(remembering: sizes, visit)
    }

    private static func line(_ entry: ReplayedEntry) -> String {
        let note = try? SignedNote(parsing: entry.note)
        let type = note.flatMap { try? Statement(parsing: $0.text).type } ?? ""
        let verdict =
            switch entry.verdict {
            case .accepted: "\"accepted\""
            case .refused(let refusal): "\"refused\",\"rule\":\"\(refusal.rule)\""
            }
        return """
            {"index":\(entry.index),"time":"\(CivilTime(entry.stamp).rfc3339Milliseconds)","type":"\(type)",\
            "statement":"\(note?.hash.hex ?? "")","verdict":\(verdict)}
            """
    }
}
