import CofferTestKit
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing

/// A new laptop and a large log. The log covers sixty days; its brokers signed the state a day, half a day and a
/// quarter of a day before its end.
struct NewLaptop: Sendable {
    let snapshotBytes: Int
    private let log: TileDirectory
    private let count: Int
    private let directory: String
    private let brokers: ScriptedTransport

    init(log: String, count: Int, directory: String) async throws {
        self.log = TileDirectory(path: log)
        self.count = count
        self.directory = directory
        var answers: [String: Bytes] = [:]
        var state = LedgerState(origin: LargeLog.origin, charterHash: LargeLog.charter.hash, retention: .needed)
        var frontier = MerkleFrontier()
        var bytes = 0
        for (broker, part) in [("acme-1", 60), ("acme-2", 120), ("council-1", 240)] {
            while frontier.size < UInt64(count - count / part) {
                let bundle = frontier.size / 256
                let width = min(256, count - Int(bundle) * 256)
                for entry in try self.log.entries(bundle: bundle, width: width).dropFirst(Int(frontier.size % 256)) {
                    guard frontier.size < UInt64(count - count / part) else { break }
                    state.apply(try Entry(parsing: entry))
                    frontier.append(leafHash: Merkle.leafHash(entry))
                }
            }
            let snapshot = LedgerSnapshot(state: state, frontier: frontier)
            let encoded = snapshot.encoded
            let stated = StateNote(
                origin: LargeLog.origin, size: SaturatingUInt64(rawValue: snapshot.size), root: snapshot.root,
                state: state.digest,
                snapshot: Hash256(of: encoded), broker: Scenario.publicKey(broker), time: LargeLog(count: count).end)
            let url = "http://\(broker).example/state"
            answers[url] = try SignedNote.message(stated.text, by: Scenario.key(broker)).encoded
            answers["\(url)/\(snapshot.size)"] = encoded
            bytes = max(bytes, encoded.count)
        }
        snapshotBytes = bytes
        let files = answers
        brokers = ScriptedTransport { $0.body == nil ? .file(files[$0.url]) : nil }
    }

    /// Follows the log into a new database, then deletes the database.
    func follow(beginning: Bool) async throws -> Spent {
        try? FileManager.default.removeItem(atPath: directory)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let charter = try CharterFile(parsing: LargeLog.charterNote)
        let start = TrustedBootstrap(charter: charter, least: 1, transport: brokers, say: { _ in })
        return try await Spent.by {
            let follower = Follower(
                pin: charter.pin, store: try LedgerDatabase(path: directory + "/ledger.db"),
                sources: [DirectorySource(log)], evidence: EvidenceDirectory(path: directory + "/evidence"),
                start: beginning ? start : nil)
            let followed = try await follower.follow()
            let retention: Retention = beginning ? .sinceBootstrap : .everything
            guard followed.checkpoint.size == UInt64(count), followed.state.retention == retention else {
                throw BenchError("the laptop did not follow as it should")
            }
        }
    }
}
