import Client
import Replica
import Rules
import Sealing

/// The ledger of a charter as it stands now, followed from its beginning.
struct FollowedLedger {
    let charter: CharterFile

    func state() async throws -> LedgerState {
        let evidence = (try? Home().evidence) ?? "."
        let follower = Follower(
            pin: charter.pin, store: MemoryLedger(), evidence: EvidenceFolder(path: evidence),
            sources: NamedSources(charter.terms).sources)
        return try await follower.follow().state
    }
}
