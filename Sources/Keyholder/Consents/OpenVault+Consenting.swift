import Crypto
import Ledger
import Messages
import Replica
package import Rules
package import Sealing
package import Vault

/// What a person consents to. What is left out is taken from the purpose.
package struct ConsentChoice: Sendable {
    package var purpose: String
    package var kinds: [Kind]?
    package var apps: [AppName]?
    package var from: Day?
    package var until: Day?
    package var window: Milliseconds?
    /// How long the consent is valid.
    package var expiry: Milliseconds?

    package init(
        purpose: String, kinds: [Kind]? = nil, apps: [AppName]? = nil, from: Day? = nil, until: Day? = nil,
        window: Milliseconds? = nil, expiry: Milliseconds? = nil
    ) {
        self.expiry = expiry
        self.purpose = purpose
        self.kinds = kinds
        self.apps = apps
        self.from = from
        self.until = until
        self.window = window
    }

    /// 24 hours.
    package static let usualWindow: Milliseconds = millisecondsPerDay
}

/// A consent that was made and must be logged.
package struct PreparedConsent: Sendable {
    package let record: KeptConsent
    package let keys: ConsentKeys
}

extension OpenVault {
    /// Makes a consent under the next unused pseudonym, or returns one that a crash kept from being logged. It and its
    /// revocation card are stored durably before anything is sent.
    package func prepareConsent(
        _ choice: ConsentChoice, seed: borrowing IdentitySeed, programme: LedgerAccess, state: LedgerState
    ) throws(CofferError) -> PreparedConsent {
        let now = programme.now()
        let terms = try LedgerAccess.terms(state)
        let purpose = try Self.purpose(named: choice.purpose, in: state)
        let kept = try consents()
        if kept.contains(where: { $0.purpose == purpose.hash && state.isLive(consent: $0.consent) }) {
            throw CofferError(
                .refused, "You have consented to \(choice.purpose) already.", rule: "consent.exists",
                hint: "To change what it covers, revoke it and consent again.")
        }
        if let waiting = kept.first(where: {
            $0.purpose == purpose.hash && state.consents[$0.consent] == nil && Self.isTimely($0, now: now)
        }) {
            let pseudonym = seed.pseudonym(waiting.number)
            return PreparedConsent(
                record: waiting,
                keys: ConsentKeys(
                    root: ReplicatedPRF.consentRoot(seed.consentRoot(), pseudonym: pseudonym.publicKey),
                    pseudonym: pseudonym))
        }
        // A little less than the maximum, because the ledger's clock may be behind this one.
        let expires = min(now + min(choice.expiry ?? .max, Consent.longest - 600_000), purpose.purpose.ends)
        let scope = try scope(choice, purpose: purpose.purpose, now: now, expires: expires)
        let window = choice.window ?? max(ConsentChoice.usualWindow, terms.minimumWindow)
        guard window >= terms.minimumWindow else {
            throw CofferError(
                .refused, "The charter requires a review window of at least \(Seconds(terms.minimumWindow)) seconds.",
                rule: "consent.window")
        }
        let busy = Set(kept.filter { Self.isTimely($0, now: now) || state.consents[$0.consent] != nil }.map(\.number))
        let (number, pseudonym) = try Self.unused(seed, busy: busy, state: state)
        let root = ReplicatedPRF.consentRoot(seed.consentRoot(), pseudonym: pseudonym.publicKey)
        guard let roster = state.roster else { throw CofferError(.bug, "The charter in force has no roster.") }
        let consent = Consent(
            heading: Heading(origin: programme.pin.origin, until: now + 3_600_000), pseudonym: pseudonym.publicKey,
            purpose: purpose.hash, rosterHash: roster,
            subKeys: ReplicatedPRF.commitment(
                ofAll: ReplicatedPRF.commitments(
                    root: root, roster: roster, groups: terms.shapes, pseudonym: pseudonym.publicKey)),
            scope: scope.commitment(salt: Scope.salt(root: root)), window: window,
            expires: expires)
        let note = try SignedNote.message(consent.text, by: pseudonym)
        let record = KeptConsent(
            pseudonym: pseudonym.publicKey, number: number, note: note.encoded, consent: note.hash,
            purpose: purpose.hash, purposeName: purpose.purpose.name, roster: roster, scope: scope, window: window,
            expires: consent.expires)
        try directory.keep(
            try Self.card(
                pseudonym, purpose: purpose.purpose.name, programme: programme,
                roster: StopRoster(hash: roster, groups: terms.groups.map(StopGroup.init))))
        try keep(record)
        return PreparedConsent(record: record, keys: ConsentKeys(root: root, pseudonym: pseudonym))
    }

    static func card(
        _ pseudonym: SigningKey, purpose: String, programme: LedgerAccess, roster: StopRoster
    ) throws(CofferError) -> RevocationCard {
        let revoke = Revoke(origin: programme.pin.origin, pseudonym: pseudonym.publicKey)
        return RevocationCard(
            origin: programme.pin.origin, charter: programme.pin.charterHash, ledgerURL: programme.url,
            revokes: [
                .init(
                    purpose: purpose, pseudonym: pseudonym.publicKey,
                    note: try SignedNote.message(revoke.text, by: pseudonym).encoded, roster: roster)
            ])
    }

    /// Whether the statement's `until` is still ahead, so that the ledger may accept it.
    static func isTimely(_ record: KeptConsent, now: Milliseconds) -> Bool {
        guard let note = try? SignedNote(parsing: record.note), let statement = try? Statement(parsing: note.text)
        else {
            return false
        }
        return statement.heading.until ?? 0 > now
    }

    /// The newest live purpose of this name. Throws `.notFound` for an unknown name, rule `consent.purpose` if none is
    /// live.
    package static func purpose(named name: String, in state: LedgerState) throws(CofferError)
        -> (hash: Hash256, purpose: Purpose)
    {
        let named = state.purposes.filter { $0.value.purpose.name == name }
        guard !named.isEmpty else {
            throw CofferError(
                .notFound, "There is no purpose of that name.", hint: "`coffer purposes` lists what there is.")
        }
        let live = named.filter { state.isLive(purpose: $0.key) }
        guard let newest = live.max(by: { $0.value.mark.index < $1.value.mark.index }) else {
            throw CofferError(.refused, "The purpose has ended or was withdrawn.", rule: "consent.purpose")
        }
        return (newest.key, newest.value.purpose)
    }

    /// The consent's scope. Without a first day it covers what the vault already holds.
    private func scope(_ choice: ConsentChoice, purpose: Purpose, now: Milliseconds, expires: Milliseconds)
        throws(CofferError) -> Scope
    {
        let kinds = choice.kinds ?? purpose.kinds
        let apps = choice.apps ?? purpose.apps
        guard kinds.allSatisfy(purpose.kinds.contains) else {
            throw CofferError(.refused, "The purpose does not include all of these kinds.", rule: "consent.scope")
        }
        guard apps.allSatisfy(purpose.apps.contains) else {
            throw CofferError(.refused, "The purpose does not include all of these apps.", rule: "consent.scope")
        }
        let today = Day(of: now)
        let held =
            try choice.from == nil
            ? refresh(now: now).segments.filter { kinds.contains($0.kind) && apps.contains($0.app) }.map(\.day).min()
            : nil
        let from = choice.from ?? min(held ?? today, today)
        do {
            return try Scope(kinds: kinds, apps: apps, from: from, until: choice.until ?? max(from, Day(of: expires)))
        } catch {
            throw CofferError(.usage, "The consent would cover nothing.", hint: "Check --kinds, --apps and the days.")
        }
    }

    /// The first pseudonym that is enrolled and unused. Throws `.tryLater` with rule `consent.pseudonym` if
    /// each is used.
    private static func unused(_ seed: borrowing IdentitySeed, busy: Set<UInt32>, state: LedgerState)
        throws(CofferError)
        -> (UInt32, SigningKey)
    {
        var unknown = 0
        var number: UInt32 = 0
        while unknown < pseudonymGap {
            let key = seed.pseudonym(number)
            if let record = state.pseudonyms[key.publicKey], record.enrolled != nil {
                unknown = 0
                if record.consent == nil, record.revoked == nil, record.dismissed == nil, !busy.contains(number) {
                    return (number, key)
                }
            } else {
                unknown += 1
            }
            number += 1
        }
        throw CofferError(
            .tryLater, "You have no pseudonym that is enrolled and unused.", rule: "consent.pseudonym",
            hint: "The desk logs new ones once a day; `coffer key enrol --token-file FILE` sends it more.")
    }

    /// A scan of pseudonyms ends after this many in a row that the ledger does not know.
    package static let pseudonymGap = 20
}
