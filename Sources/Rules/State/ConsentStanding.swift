import Sealing

/// Immutable status of one consent at a given time, shared by all of a release's positions under it. A class, to avoid
/// copies.
final class ConsentStanding: Sendable {
    let hash: Hash256
    let roster: Hash256
    let window: Milliseconds
    /// The refusal if the consent has ended, in the log or by a stop that the broker holds directly.
    let refusal: Refusal?
    private let erased: Set<PageID>
    private let erasedDirectly: Set<PageID>

    /// Nil when there is no such consent.
    init?(_ hash: Hash256, in state: LedgerState, at time: Milliseconds, stops: DirectStops) {
        guard let record = state.consents[hash] else { return nil }
        let consent = record.consent
        self.hash = hash
        roster = consent.rosterHash
        window = consent.window
        let isRevoked = stops.revoked.contains(consent.pseudonym)
        refusal =
            state.refusal(of: record, at: time)
            ?? (isRevoked ? Refusal("revoked", "The consent was revoked.") : nil)
        let key = ErasedKey(pseudonym: consent.pseudonym, consent: hash)
        erased = state.erasures[key] ?? []
        erasedDirectly = stops.erasures[key] ?? []
    }

    func hasErased(_ id: PageID) -> Bool { erased.contains(id) || erasedDirectly.contains(id) }
}
