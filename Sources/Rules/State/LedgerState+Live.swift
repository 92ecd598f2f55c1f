package import Sealing

/// What holds at the clock.
extension LedgerState {
    package var isHalted: Bool { halts.values.contains { $0.lifted == nil } }

    /// The halts that no resume has named.
    package var haltsInForce: Set<Hash256> { Set(halts.filter { $0.value.lifted == nil }.keys) }

    /// When the programme stood still: from each halt to its resume, or until now.
    package var haltedIntervals: [(from: Milliseconds, until: Milliseconds?)] {
        halts.values.map { ($0.mark.time, $0.lifted?.time) }.sorted { $0.0 < $1.0 }
    }

    package func isLive(purpose hash: Hash256, at time: Milliseconds? = nil) -> Bool {
        refusal(ofPurpose: hash, at: time ?? clock) == nil
    }

    /// A purpose that is neither withdrawn nor past its end.
    func livePurpose(_ hash: Hash256, at time: Milliseconds) -> Purpose? {
        isLive(purpose: hash, at: time) ? purposes[hash]?.purpose : nil
    }

    /// Its purpose is not looked at.
    package func isLive(consent hash: Hash256, at time: Milliseconds? = nil) -> Bool {
        refusal(ofConsent: hash, at: time ?? clock) == nil
    }

    /// The grant and its purpose.
    package func isLive(grant hash: Hash256, at time: Milliseconds? = nil) -> Bool {
        guard let purpose = grants[hash]?.grant.purpose else { return false }
        return refusal(ofGrant: hash, at: time ?? clock) == nil && isLive(purpose: purpose, at: time)
    }

    /// Whether a consent has ended for good, by itself or with its purpose: its keys may be destroyed.
    package func hasEnded(consent hash: Hash256) -> Bool {
        guard let purpose = consents[hash]?.consent.purpose else { return false }
        return ending(ofConsent: hash, at: clock) != nil || ending(ofPurpose: purpose, at: clock) != nil
    }

    /// Whether a grant has ended for good, by itself or with its purpose.
    package func hasEnded(grant hash: Hash256, at time: Milliseconds) -> Bool {
        guard let purpose = grants[hash]?.grant.purpose else { return false }
        return ending(ofGrant: hash, at: time) != nil || ending(ofPurpose: purpose, at: time) != nil
    }

    /// The ids erased under a consent.
    package func erased(under hash: Hash256) -> Set<PageID> {
        guard let consent = consents[hash]?.consent else { return [] }
        return erasures[ErasedKey(pseudonym: consent.pseudonym, consent: hash)] ?? []
    }

    /// Whether the ledger may sequence a note by these signers: all of them have a role in the state, but a job's own
    /// key, which a reviewer's signature brings along. New keys come with an amendment, which the ledger's key signs.
    package func recognises(_ signers: Set<VerifyingKey>) -> Bool {
        !signers.isEmpty && signers.contains { roles[$0] != nil && roles[$0] != .cosigner }
    }

    /// The entry at which a statement was accepted; nil also once a starting statement's `until` is past for a day.
    package func index(of statement: Hash256) -> UInt64? {
        accepted.index(of: statement) ?? acceptedReleases[statement]?.mark.index
    }
}
