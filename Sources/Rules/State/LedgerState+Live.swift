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

    /// Whether a moment range overlaps a halted interval.
    package func wasHalted(from: Milliseconds, until: Milliseconds) -> Bool {
        haltedIntervals.contains { from <= ($0.until ?? .max) && until >= $0.from }
    }

    package func isLive(purpose hash: Hash256, at time: Milliseconds? = nil) -> Bool {
        livePurpose(hash, at: time ?? clock) != nil
    }

    /// A purpose that is neither withdrawn nor past its end.
    func livePurpose(_ hash: Hash256, at time: Milliseconds) -> Purpose? {
        guard withdrawn[hash] == nil, let purpose = purposes[hash]?.purpose, time < purpose.ends else { return nil }
        return purpose
    }

    package func isLive(consent hash: Hash256, at time: Milliseconds? = nil) -> Bool {
        (try? requireLive(consent: hash, at: time)) != nil
    }

    package func isLive(grant hash: Hash256, at time: Milliseconds? = nil) -> Bool {
        guard let record = grants[hash] else { return false }
        let time = time ?? clock
        return time >= record.live && time < record.grant.expires && isLive(purpose: record.grant.purpose, at: time)
    }

    /// Refuses a consent that ended, naming what ended it.
    func requireLive(consent hash: Hash256, at time: Milliseconds? = nil) throws(Refusal) {
        guard let record = consents[hash] else { throw Refusal("release.consent", "There is no such consent.") }
        try requireLive(record, at: time ?? clock)
    }

    /// The same of a consent that was found.
    func requireLive(_ record: ConsentRecord, at time: Milliseconds) throws(Refusal) {
        let pseudonym = pseudonyms[record.consent.pseudonym]
        try require(pseudonym?.revoked == nil, "revoked", "The consent was revoked.")
        try require(pseudonym?.dismissed == nil, "dismissed", "The pseudonym was dismissed.")
        try require(time < record.consent.expires, "consent.expired", "The consent has expired.")
        try require(
            record.rosterEnded == nil && !isEnded(record.consent, byPendingAt: time), "consent.ended",
            "An amendment ended the consent with its brokers.")
    }

    /// Whether the amendment that waits will have ended a consent by then.
    private func isEnded(_ consent: Consent, byPendingAt time: Milliseconds) -> Bool {
        guard let pending, pending.amend.ends, pending.effective <= time, let charter else { return false }
        return consent.rosterHash != roster || !pending.amend.terms.hasSameRoster(as: charter.terms)
    }

    /// Whether a consent has ended, for good.
    package func hasEnded(consent hash: Hash256) -> Bool {
        guard let record = consents[hash] else { return false }
        return !isLive(consent: hash) || withdrawn[record.consent.purpose] != nil
            || !isLive(purpose: record.consent.purpose)
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
