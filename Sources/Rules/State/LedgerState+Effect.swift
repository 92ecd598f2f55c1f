import Sealing

/// Whether a statement has done its work (Design, "Stopping").
extension LedgerState {
    /// Whether what the statement brings about stands in this state, by whichever entry: a card's revoke is done once
    /// another machine's revoke of the same pseudonym is logged.
    ///
    /// Inclusion of its bytes would not tell: a copy of the same text with a broken signature stands in the log, too,
    /// and is refused.
    package func hasEffect(of statement: Statement) -> Bool {
        switch statement {
        case .revoke(let revoke): pseudonyms[revoke.pseudonym]?.revoked != nil
        case .erase(let erase): isMoot(erase) || erasures[ErasedKey(erase)]?.isSuperset(of: erase.pages) == true
        case .halt(let halt): halts[halt.hash] != nil
        case .dismiss(let dismiss): dismiss.pseudonyms.allSatisfy { pseudonyms[$0]?.dismissed != nil }
        case .withdraw(let withdraw): withdrawn[withdraw.purpose] != nil
        case .enrol(let enrol): enrol.pseudonyms.allSatisfy { pseudonyms[$0]?.enrolled != nil }
        case .resume(let resume): resume.halts.allSatisfy { halts[$0]?.lifted != nil }
        default: index(of: statement.content.hash) != nil
        }
    }

    /// Whether an erase can change nothing any more: its pseudonym has revoked, or has its one consent under another
    /// hash.
    func isMoot(_ erase: Erase) -> Bool {
        guard let record = pseudonyms[erase.pseudonym] else { return false }
        return record.revoked != nil || record.consent.map { $0 != erase.consent } ?? false
    }
}

extension ErasedKey {
    init(_ erase: Erase) { self.init(pseudonym: erase.pseudonym, consent: erase.consent) }
}
