import Ledger
import Messages
import Replica
import Rules
import Sealing
import Vault

/// What a damaged file made the vault forget, as far as the keyholder can know it.
extension Syncer {
    /// Takes back the pages that are in force by the ledger and of which the vault has neither the note nor a waiting
    /// erase: one of both was damaged. What they held is offered again on new pages. Makes missing revocation cards
    /// again.
    func takeBackLost(_ records: [KeptConsent], state: LedgerState) throws(CofferError) {
        let noted = Set(try vault.directory.offeredPages().map(\.id))
        let leaving = Set(try vault.directory.outbox().flatMap { $0.stops.flatMap { Self.pages(of: $0.note) } })
        let revoked = try revokedPseudonyms()
        for record in records
        where state.consents[record.consent] != nil && !state.hasEnded(consent: record.consent, at: state.clock)
            && !revoked.contains(record.pseudonym)
        {
            guard let keys = keys[record.pseudonym] else { continue }
            if !vault.directory.hasCard(record.pseudonym), let roster = state.stopRoster(record.roster) {
                try vault.directory.keep(
                    try OpenVault.card(
                        keys.pseudonym, purpose: record.purposeName, programme: programme, roster: roster))
            }
            let erased = state.erased(under: record.consent)
            let lost = record.pages.filter { id, page in
                page.isPublished && !noted.contains(id) && !leaving.contains(id) && !erased.contains(id)
            }
            guard !lost.isEmpty else { continue }
            let notes = try lost.keys.sorted().map { id throws(CofferError) in
                let erase = Erase(
                    origin: programme.pin.origin, pseudonym: record.pseudonym, consent: record.consent, pages: [id])
                return try SignedNote.message(erase.text, by: keys.pseudonym).encoded
            }
            try vault.directory.keepNew(OutboxEntry(notes: notes, objects: lost.values.map(\.object)))
        }
        // Where this keyholder has the keys of every consent in force, nothing is lost any more.
        let hasAllKeys = records.allSatisfy {
            keys[$0.pseudonym] != nil || state.hasEnded(consent: $0.consent, at: state.clock)
        }
        for file in vault.directory.damagedFiles() {
            switch file.part {
            case .pages where hasAllKeys: vault.directory.setMended(file)
            case .cards where (try? VerifyingKey(hex: file.name)).map(vault.directory.hasCard) == true:
                vault.directory.setMended(file)
            default: break
            }
        }
    }

    /// Whose revokes wait in the outbox: the ledger may not have them yet, and nothing is done under them any more.
    func revokedPseudonyms() throws(CofferError) -> Set<VerifyingKey> {
        var revoked: Set<VerifyingKey> = []
        for stop in try vault.directory.outbox().flatMap(\.stops) {
            if case .revoke(let revoke) = stop.statement { revoked.insert(revoke.pseudonym) }
        }
        return revoked
    }

    private static func pages(of note: Bytes) -> [PageID] {
        guard let note = try? SignedNote(parsing: note), case .erase(let erase) = try? Statement(parsing: note.text)
        else { return [] }
        return erase.pages
    }
}
