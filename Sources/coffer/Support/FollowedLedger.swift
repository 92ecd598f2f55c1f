import Client
import Replica
import Rules
import Sealing

/// Follows the ledger of a charter from its first entry to its newest checkpoint.
struct FollowedLedger {
    let charter: CharterFile

    func state() async throws -> LedgerState {
        let storage = FollowerStorage(
            MemoryLedger(), evidence: EvidenceDirectory(path: (try? Home().evidence) ?? "."))
        let follower = Follower(of: charter.pin, in: storage, from: NamedSources(charter.terms))
        return try await follower.follow().state
    }
}
