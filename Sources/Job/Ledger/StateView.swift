package import Rules
package import Sealing

/// A replayed state as a job reads it: what may be opened now, and why the rest may not.
package struct StateView: LedgerView {
    package let state: LedgerState
    /// The later of the state's clock and this machine's.
    package let now: Milliseconds
    private let root: Hash256?

    package init(_ state: LedgerState, now: Milliseconds, root: Hash256? = nil) {
        self.state = state
        self.root = root
        self.now = max(state.clock, now)
    }

    package var origin: String { state.origin }
    package var tree: (size: UInt64, root: Hash256?) { (state.size, root) }

    package func liveGrant(_ hash: Hash256) throws(CofferError) -> GrantTerms {
        guard let record = state.grants[hash] else { throw .noSuchGrant }
        let purpose = record.grant.purpose
        let refusal = state.refusalByHalt ?? state.refusal(ofPurpose: purpose, at: now)
        if let refusal = refusal ?? state.ending(ofGrant: hash, at: now) { throw CofferError(refusal) }
        if let notice = state.refusal(ofGrant: hash, at: now) {
            throw CofferError(
                .tryLater, notice.message, rule: notice.rule, entry: notice.entry,
                hint: "The grant is live from \(CivilTime(record.live).rfc3339Milliseconds).")
        }
        return record.terms(hash)
    }

    package func liveConsents(to purpose: Hash256) throws(CofferError) -> [ConsentTerms] {
        var consents: [ConsentTerms] = []
        for (hash, record) in state.consents.sorted(by: { $0.key < $1.key })
        where record.consent.purpose == purpose && ending(of: hash) == nil {
            guard let groups = state.rosters[record.consent.rosterHash] else {
                throw CofferError(.bug, "A consent is bound to brokers that no charter named.")
            }
            consents.append(
                ConsentTerms(
                    hash: hash, pseudonym: record.consent.pseudonym, scope: record.consent.scope, groups: groups,
                    day: Day(of: record.mark.time), isLinked: state.linksIndices(of: hash)))
        }
        return consents
    }

    package func ending(of consent: Hash256) -> CofferError? {
        if let refusal = state.refusal(ofConsent: consent, at: now) { return CofferError(refusal) }
        return state.consents[consent].flatMap { ending(ofPurpose: $0.consent.purpose) }
    }

    package func ending(ofPurpose hash: Hash256) -> CofferError? {
        state.refusal(ofPurpose: hash, at: now).map { CofferError($0) }
    }

    package func isErased(_ page: PageID, consent: Hash256) -> Bool {
        state.erased(under: consent).contains(page)
    }

    package func releases(under grant: Hash256) -> [LoggedRelease] {
        state.releases.filter { $0.value.release.grant == grant }.map {
            LoggedRelease(
                hash: $0.key, entry: $0.value.mark.index, time: $0.value.mark.time, release: $0.value.release)
        }
    }

    package func idsLeft(under grant: Hash256) -> UInt64 {
        guard let terms = state.grants[grant]?.grant else { return 0 }
        let purpose = idsLeft(underPurpose: terms.purpose)
        let spent = spentToday { $0 == grant }
        return min((terms.pages - spent).rawValue, purpose)
    }

    package func idsLeft(underPurpose hash: Hash256) -> UInt64 {
        let budget = state.purposes[hash]?.purpose.pages ?? 0
        let spent = spentToday { state.grants[$0]?.grant.purpose == hash }
        return (budget - spent).rawValue
    }

    private func spentToday(under counts: (Hash256) -> Bool) -> SaturatingUInt64 {
        let today = Day(of: now)
        return state.releases.values.filter { Day(of: $0.mark.time) == today && counts($0.release.grant) }
            .reduce(0) { $0 + SaturatingUInt64(clamping: $1.release.count) }
    }

    package func lastEnding(to purpose: Hash256) -> CofferError? {
        state.consents.filter { $0.value.consent.purpose == purpose }.compactMap { ending(of: $0.key) }
            .max { ($0.entry ?? 0) < ($1.entry ?? 0) }
    }
}

extension CofferError {
    static let noSuchGrant = CofferError(
        .notFound, "The ledger holds no such grant.",
        hint: "It becomes one when enough reviewers have signed the request and it is published.")

    /// The rule says what the job may not do with the grant.
    package static func grantOfAnotherJob(_ rule: String, entry: UInt64?) -> CofferError {
        CofferError(
            .refused, "The grant belongs to another job.", rule: rule, entry: entry,
            hint: "COFFER_JOB_KEY names the key that signed the request.")
    }

    fileprivate init(_ refusal: Refusal) {
        self.init(.refused, refusal.message, rule: refusal.rule, entry: refusal.entry)
    }
}

extension GrantRecord {
    package func terms(_ hash: Hash256) -> GrantTerms {
        GrantTerms(
            hash: hash, entry: mark.index, purpose: grant.purpose, job: grant.job, kinds: grant.kinds,
            apps: grant.apps, days: grant.from...max(grant.from, grant.to))
    }
}
