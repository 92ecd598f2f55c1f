import Sealing

/// Purposes, consents, and the statements that end them.
extension LedgerState {
    mutating func admit(_ purpose: Purpose, _ hash: Hash256, _ mark: LogPosition) throws(Refusal) {
        let least = charter?.terms.minimumNotice ?? 0
        try require(purpose.notice >= least, "purpose.notice", "The notice is shorter than the charter's minimum.")
        try require(purpose.ends > mark.time, "purpose.ends", "The purpose ends before it begins.")
        try require(withdrawn[hash] == nil, "withdrawn", "The purpose was withdrawn.")
        purposes[hash] = PurposeRecord(purpose: purpose, mark: mark)
    }

    mutating func admit(_ withdraw: Withdraw, _ mark: LogPosition) {
        if withdrawn[withdraw.purpose] == nil { withdrawn[withdraw.purpose] = mark }
    }

    mutating func admit(_ consent: Consent, _ hash: Hash256, _ mark: LogPosition) throws(Refusal) {
        let record = pseudonyms[consent.pseudonym] ?? PseudonymRecord()
        try require(record.enrolled != nil, "consent.pseudonym", "The pseudonym is not enrolled.")
        try require(record.revoked == nil, "revoked", "The pseudonym revoked.")
        try require(record.dismissed == nil, "dismissed", "The pseudonym was dismissed.")
        try require(record.consent == nil, "consent.once", "A pseudonym can consent only once.")
        try require(isLive(purpose: consent.purpose), "consent.purpose", "There is no such live purpose.")
        try require(
            consent.rosterHash == roster, "consent.roster", "The consent is bound to another roster of brokers.")
        let least = charter?.terms.minimumWindow ?? 0
        try require(consent.window >= least, "consent.window", "The review window is shorter than the minimum.")
        try require(
            consent.expires > mark.time && consent.expires - mark.time <= Consent.longest, "consent.expires",
            "A consent may last at most 90 days.")
        pseudonyms[consent.pseudonym]?.consent = hash
        consents[hash] = ConsentRecord(consent: consent.sharing(origin), mark: mark)
    }

    /// Also accepted before there is a consent: a revocation is final.
    mutating func admit(_ revoke: Revoke, _ mark: LogPosition) {
        if pseudonyms[revoke.pseudonym]?.revoked == nil {
            pseudonyms[revoke.pseudonym, default: PseudonymRecord()].revoked = mark
        }
    }

    /// Also accepted before there is such a consent. Only the consent's own pseudonym can erase under it.
    mutating func admit(_ erase: Erase) {
        erasures[ErasedKey(pseudonym: erase.pseudonym, consent: erase.consent), default: []].formUnion(erase.pages)
    }
}
