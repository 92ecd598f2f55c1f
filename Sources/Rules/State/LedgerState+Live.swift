package import Sealing

/// What is in force at the state's clock.
extension LedgerState {
    package var isHalted: Bool { halts.values.contains { $0.lifted == nil } }

    /// The halts that no resume has named.
    package var haltsInForce: Set<Hash256> { Set(halts.filter { $0.value.lifted == nil }.keys) }

    /// The intervals in which the programme was halted: from each halt to its resume, or until now.
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

    /// Whether a consent is live. Does not check its purpose.
    package func isLive(consent hash: Hash256, at time: Milliseconds? = nil) -> Bool {
        refusal(ofConsent: hash, at: time ?? clock) == nil
    }

    /// Whether the grant and its purpose are live.
    package func isLive(grant hash: Hash256, at time: Milliseconds? = nil) -> Bool {
        guard let purpose = grants[hash]?.grant.purpose else { return false }
        return refusal(ofGrant: hash, at: time ?? clock) == nil && isLive(purpose: purpose, at: time)
    }

    /// Whether a consent has ended for good at a time, by itself or with its purpose. For an act that cannot be undone,
    /// such as destroying its keys, pass a time that no single clock decides, and never the state's own clock.
    package func hasEnded(consent hash: Hash256, at time: Milliseconds) -> Bool {
        guard var record = consents[hash] else { return false }
        // Stamps from the future also bring an amendment into force too early.
        if let since = record.rosterEnded, since > time { record.rosterEnded = nil }
        return ending(of: record, at: time) != nil || ending(ofPurpose: record.consent.purpose, at: time) != nil
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

    /// Whether the ledger may sequence a note by these signers: at least one must have a role in the state other than
    /// cosigner. A job's new key comes with a reviewer's signature, an amendment's new keys with the ledger's.
    package func recognises(_ signers: Set<VerifyingKey>) -> Bool {
        !signers.isEmpty && signers.contains { roles[$0] != nil && roles[$0] != .cosigner }
    }

    /// The entry that accepted a statement; nil also for a starting statement from the day after its `until`.
    package func index(of statement: Hash256) -> UInt64? {
        accepted.index(of: statement) ?? acceptedReleases[statement]?.mark.index
    }
}
