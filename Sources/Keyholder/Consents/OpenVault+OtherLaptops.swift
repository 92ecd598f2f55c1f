package import Rules
package import Sealing
package import Vault

/// Consents that were given on another laptop of the same person.
extension OpenVault {
    /// Keeps a revocation card for each live consent of this identity that has none here, so that `revoke` reaches what
    /// was given elsewhere since this vault was made. Returns the names of their purposes.
    package func keepMissingCards(
        _ seed: borrowing IdentitySeed, programme: LedgerAccess, state: LedgerState
    ) throws(CofferError) -> [String] {
        let known = Set(try directory.cards().flatMap(\.revokes).map(\.pseudonym))
        var found: [String] = []
        var unknown = 0
        var number: UInt32 = 0
        while unknown < Self.pseudonymGap {
            let pseudonym = seed.pseudonym(number)
            number += 1
            guard let record = state.pseudonyms[pseudonym.publicKey] else {
                unknown += 1
                continue
            }
            unknown = 0
            guard !known.contains(pseudonym.publicKey), let hash = record.consent,
                !state.hasEnded(consent: hash, at: state.clock),
                let consent = state.consents[hash]?.consent, let purpose = state.purposes[consent.purpose]?.purpose,
                let roster = state.stopRoster(consent.rosterHash)
            else { continue }
            try directory.keep(
                try Self.card(pseudonym, purpose: purpose.name, programme: programme, roster: roster))
            found.append(purpose.name)
        }
        return found
    }
}
