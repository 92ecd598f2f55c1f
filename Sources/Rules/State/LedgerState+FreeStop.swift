import Sealing

/// Which stops are free: the ledger takes them without a rate, and a broker stores them.
///
/// Stopping has no rate, so that nobody can use up somebody's way out. A stop that changes nothing is no way out. If it
/// were free, one person could fill everyone's log and memory with it. `apply` does not ask here: what is in the log
/// counts.
extension LedgerState {
    /// How many ids can be erased under one consent. A consent ends after 90 days; this is more than 360 pages on each.
    package static let mostErasedIDs = 32_768
    /// How many ids a pseudonym can erase before its consent is in the log. Pages are offered only afterwards.
    package static let maximumEarlyErasedIDs = 64

    /// Nil for a free stop: one that `apply` would accept now, and that changes the state.
    package func refusal(ofStop note: PreparedNote) -> Refusal? {
        guard let statement = note.content?.statement, statement.isStopping else {
            return Refusal("malformed", "This is not a signed stopping statement.")
        }
        if hasEffect(of: statement) { return Refusal("stop.moot", "What this would stop has stopped already.") }
        if case .erase(let erase) = statement, let refusal = refusal(ofIDsIn: erase) { return refusal }
        var next = self
        guard case .refused(let refusal) = next.apply(note, stamp: clock) else { return nil }
        return refusal
    }

    private func refusal(ofIDsIn erase: Erase) -> Refusal? {
        guard pseudonyms[erase.pseudonym]?.consent == nil else {
            let known = erasures[ErasedKey(erase)] ?? []
            guard known.count + erase.pages.count > Self.mostErasedIDs else { return nil }
            return Refusal("erase.ids", "This erases more pages than a consent can offer; a revoke ends all of them.")
        }
        let early = erasures.reduce(0) { $0 + ($1.key.pseudonym == erase.pseudonym ? $1.value.count : 0) }
        guard early + erase.pages.count > Self.maximumEarlyErasedIDs else { return nil }
        return Refusal("erase.early", "The pseudonym has no consent in the log yet, and has erased many pages.")
    }
}
