package import Sealing

/// Why a purpose, a consent or a grant may not be used at a time, with the entry that caused it.
///
/// An ending is final: no later entry takes it back, so keys may be destroyed and pages removed. A refusal is an ending
/// or something temporary: a notice that still runs, or a halt that a resume lifts. Each function checks one thing.
/// `apply`, a broker and a job need several of them, each in its own order.
extension LedgerState {
    // MARK: For good

    /// `release.purpose`: the purpose was withdrawn, or its time is over.
    package func ending(ofPurpose hash: Hash256, at time: Milliseconds) -> Refusal? {
        if let withdrawn = withdrawn[hash] {
            return Refusal("release.purpose", "The purpose was withdrawn.", entry: withdrawn.index)
        }
        guard let record = purposes[hash], time >= record.purpose.ends else { return nil }
        return Refusal("release.purpose", "The purpose has ended.", entry: record.mark.index)
    }

    /// `revoked`, `dismissed`, `consent.expired` or `consent.ended`. Does not check its purpose.
    package func ending(ofConsent hash: Hash256, at time: Milliseconds) -> Refusal? {
        consents[hash].flatMap { ending(of: $0, at: time) }
    }

    func ending(of record: ConsentRecord, at time: Milliseconds) -> Refusal? {
        let pseudonym = pseudonyms[record.consent.pseudonym]
        if let revoked = pseudonym?.revoked {
            return Refusal("revoked", "The consent was revoked.", entry: revoked.index)
        }
        if let dismissed = pseudonym?.dismissed {
            return Refusal("dismissed", "The pseudonym was dismissed.", entry: dismissed.index)
        }
        if time >= record.consent.expires {
            return Refusal("consent.expired", "The consent has expired.", entry: record.mark.index)
        }
        let message = "An amendment ended the consent with its brokers."
        if let ended = record.rosterEnded {
            return Refusal("consent.ended", message, entry: charters.last { $0.since == ended }?.mark.index)
        }
        if let pending, pending.effective <= time, isEnded(record.consent, by: pending.amend) {
            return Refusal("consent.ended", message, entry: pending.mark.index)
        }
        return nil
    }

    /// Whether an amendment that is not yet in force ends a consent.
    private func isEnded(_ consent: Consent, by amend: Amend) -> Bool {
        guard amend.ends, let charter else { return false }
        return consent.rosterHash != roster || !amend.terms.hasSameRoster(as: charter.terms)
    }

    /// `release.grant`: the grant's time is over. Does not check its purpose.
    package func ending(ofGrant hash: Hash256, at time: Milliseconds) -> Refusal? {
        grants[hash].flatMap { ending(of: $0, at: time) }
    }

    private func ending(of record: GrantRecord, at time: Milliseconds) -> Refusal? {
        guard time >= record.grant.expires else { return nil }
        return Refusal("release.grant", "The grant has expired.", entry: record.mark.index)
    }

    // MARK: Now

    /// Its ending, or `release.purpose` when it does not exist.
    package func refusal(ofPurpose hash: Hash256, at time: Milliseconds) -> Refusal? {
        guard purposes[hash] != nil else { return Refusal("release.purpose", "There is no such purpose.") }
        return ending(ofPurpose: hash, at: time)
    }

    /// Its ending, or `release.consent` when it does not exist.
    package func refusal(ofConsent hash: Hash256, at time: Milliseconds) -> Refusal? {
        guard let record = consents[hash] else { return Refusal("release.consent", "There is no such consent.") }
        return refusal(of: record, at: time)
    }

    /// The refusal of an existing consent: only its ending, since nothing suspends a consent.
    func refusal(of record: ConsentRecord, at time: Milliseconds) -> Refusal? { ending(of: record, at: time) }

    /// Its ending, `release.grant` when it does not exist, or `release.notice` while the purpose's notice runs.
    package func refusal(ofGrant hash: Hash256, at time: Milliseconds) -> Refusal? {
        guard let record = grants[hash] else { return Refusal("release.grant", "There is no such grant.") }
        return refusal(of: record, at: time)
    }

    /// The refusal of an existing grant: its ending, or `release.notice`.
    func refusal(of record: GrantRecord, at time: Milliseconds) -> Refusal? {
        if let ending = ending(of: record, at: time) { return ending }
        guard time < record.live else { return nil }
        return Refusal("release.notice", "The purpose's notice has not passed.", entry: record.mark.index)
    }

    /// `halted`, with the first halt that no resume has named.
    package var refusalByHalt: Refusal? {
        let first = halts.values.lazy.filter { $0.lifted == nil }.map(\.mark.index).min()
        return first.map { Refusal("halted", "The programme is halted.", entry: $0) }
    }
}

/// The status of a purpose, or of a pseudonym with its one consent.
package enum Standing: String, Sendable {
    /// It is not in the log.
    case unlogged
    case live
    /// It ended by time, by an amendment or with its purpose.
    case ended
    case revoked
    case dismissed
    case withdrawn
}

/// Live checks at the state's clock.
extension LedgerState {
    package func standing(ofPseudonym key: VerifyingKey) -> Standing {
        guard let record = pseudonyms[key] else { return .unlogged }
        if record.revoked != nil { return .revoked }
        if record.dismissed != nil { return .dismissed }
        guard let consent = record.consent else { return .unlogged }
        return hasEnded(consent: consent, at: clock) ? .ended : .live
    }

    package func standing(ofPurpose hash: Hash256) -> Standing {
        if withdrawn[hash] != nil { return .withdrawn }
        guard purposes[hash] != nil else { return .unlogged }
        return ending(ofPurpose: hash, at: clock) == nil ? .live : .ended
    }
}
