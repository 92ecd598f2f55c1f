import Client
import Rules
import Sealing

/// The ledger of a charter as it stands now, followed from its beginning.
struct FollowedLedger {
    let charter: CharterFile

    func state() async throws -> State {
        let terms = charter.charter.terms
        // The ledger first; any broker serves the same entries and its newest head.
        let sources = [terms.ledgerURL] + terms.brokers.map(\.url)
        let evidence = (try? Home().evidence) ?? "."
        let follower = Follower(
            pin: charter.pin, store: MemoryLedger(), sources: sources.map { HTTPSource(url: $0) },
            evidence: EvidenceFolder(path: evidence))
        return try await follower.follow().state
    }
}
