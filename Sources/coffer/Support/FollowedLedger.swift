import Client
import Foundation
import Replica
import Rules
import Sealing

/// The ledger of a charter, as an officer's machine follows it. What it has followed stays on the machine, so that it
/// knows later terms when none of the charter's servers answers any more.
struct FollowedLedger {
    let follower: Follower
    private let sources: NamedSources

    /// Replays what was followed. A copy that cannot be read is left alone, and the ledger is followed in memory.
    init(charter: CharterFile) async {
        sources = NamedSources(charter.terms)
        if let storage = Self.storage(charter) {
            let stored = Follower(of: charter.pin, in: storage, from: sources, now: Now.milliseconds)
            do throws(CofferError) {
                _ = try await stored.replay()
                follower = stored
                return
            } catch {}
        }
        let evidence = EvidenceDirectory(path: (try? Home().evidence) ?? ".")
        follower = Follower(
            of: charter.pin, in: FollowerStorage(MemoryLedger(), evidence: evidence), from: sources,
            now: Now.milliseconds)
    }

    /// Nil on a machine without a home that can be written.
    private static func storage(_ charter: CharterFile) -> FollowerStorage? {
        guard let home = try? Home() else { return nil }
        let directory = home.state + "/officer"
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { return nil }
        let path = "\(directory)/\(charter.hash.prefix8).db"
        guard let store = try? LedgerDatabase(path: path) else { return nil }
        return FollowerStorage(
            store, evidence: EvidenceDirectory(path: home.evidence), snapshots: SnapshotFile(path: path + ".snapshot"))
    }

    func state() async throws(CofferError) -> LedgerState { try await follower.follow().state }

    /// The newest copy of the log that any server has, whatever the others answer: first from the servers that are known
    /// now, then from those that the copy names. Stops go by it whatever the clocks say. Nil if nothing was ever
    /// followed.
    func newest() async -> Followed? {
        for _ in 0..<2 {
            for source in sources.sources(await follower.followed?.state) {
                if (try? await follower.follow(from: source)) != nil { break }
            }
        }
        return await follower.newest
    }
}
