import Client
import Replica
import Rules
import Sealing

/// The ledger of a charter as it stands now, followed from its beginning.
struct FollowedLedger {
    let charter: CharterFile

    func state() async throws -> LedgerState {
        let storage = FollowerStorage(
            MemoryLedger(), evidence: EvidenceFolder(path: (try? Home().evidence) ?? "."))
        let follower = Follower(of: charter.pin, in: storage, from: NamedSources(charter.terms))
        return try await follower.follow().state
    }
}
