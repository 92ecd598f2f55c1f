package import Rules
package import Sealing

/// A replayed state as a job reads it: what may be opened now, and what ended what may not.
package struct StateView: LedgerView {
    package let state: LedgerState
    /// The later of the state's clock and this machine's.
    package let now: Milliseconds

    package init(_ state: LedgerState, now: Milliseconds) {
        self.state = state
        self.now = max(state.clock, now)
    }

    package var origin: String { state.origin }

    package func liveGrant(_ hash: Hash256) throws(CofferError) -> GrantTerms {
        guard let record = state.grants[hash] else {
            throw CofferError(.notFound, "The ledger holds no such grant.")
        }
        if let halt = state.halts.values.filter({ $0.lifted == nil }).map(\.mark.index).min() {
            throw CofferError(.refused, "The programme is halted.", rule: "halted", entry: halt)
        }
        if let ending = ending(ofPurpose: record.grant.purpose) { throw ending }
        guard now < record.grant.expires else {
            throw CofferError(.refused, "The grant has expired.", rule: "release.grant", entry: record.mark.index)
        }
        guard now >= record.live else {
            throw CofferError(
                .tryLater,
                "The purpose's notice has not passed yet: the grant is live from "
                    + "\(CivilTime(record.live).rfc3339Milliseconds).", rule: "release.notice", entry: record.mark.index
            )
        }
        return record.terms(hash)
    }

    package func liveConsents(to purpose: Hash256) throws(CofferError) -> [ConsentTerms] {
        var consents: [ConsentTerms] = []
        for (hash, record) in state.consents.sorted(by: { $0.key < $1.key })
        where record.consent.purpose == purpose && ending(of: hash) == nil {
            guard let groups = state.rosters[record.consent.rosterHash]?.compactMap(BrokerGroup.init) else {
                throw CofferError(.bug, "A consent is bound to brokers that no charter named.")
            }
            consents.append(
                ConsentTerms(
                    hash: hash, pseudonym: record.consent.pseudonym, scope: record.consent.scope, groups: groups))
        }
        return consents
    }

    package func ending(of consent: Hash256) -> CofferError? {
        guard let record = state.consents[consent] else {
            return CofferError(.refused, "There is no such consent.", rule: "release.consent")
        }
        let pseudonym = state.pseudonyms[record.consent.pseudonym]
        if let revoked = pseudonym?.revoked {
            return CofferError(.refused, "A consent was revoked.", rule: "revoked", entry: revoked.index)
        }
        if let dismissed = pseudonym?.dismissed {
            return CofferError(.refused, "A pseudonym was dismissed.", rule: "dismissed", entry: dismissed.index)
        }
        if now >= record.consent.expires {
            return CofferError(.refused, "A consent has expired.", rule: "consent.expired", entry: record.mark.index)
        }
        if record.rosterEnded != nil {
            return CofferError(
                .refused, "An amendment ended a consent with its brokers.", rule: "consent.ended",
                entry: state.charter?.mark.index)
        }
        return ending(ofPurpose: record.consent.purpose)
    }

    package func ending(ofPurpose hash: Hash256) -> CofferError? {
        guard let record = state.purposes[hash] else {
            return CofferError(.refused, "There is no such purpose.", rule: "release.purpose")
        }
        if let withdrawn = state.withdrawn[hash] {
            return CofferError(
                .refused, "The purpose was withdrawn.", rule: "release.purpose", entry: withdrawn.index)
        }
        if now >= record.purpose.ends {
            return CofferError(.refused, "The purpose has ended.", rule: "release.purpose", entry: record.mark.index)
        }
        return nil
    }

    package func isErased(_ page: PageID, consent: Hash256) -> Bool {
        state.erased(under: consent).contains(page)
    }

    /// The last consent to a purpose that ended, and why: for telling a job that it comes too late.
    package func idsLeft(under grant: Hash256) -> UInt64 {
        guard let terms = state.grants[grant]?.grant else { return 0 }
        let purpose = idsLeft(underPurpose: terms.purpose)
        let spent = spentToday { $0 == grant }
        return min(terms.pages - min(spent, terms.pages), purpose)
    }

    package func idsLeft(underPurpose hash: Hash256) -> UInt64 {
        let budget = state.purposes[hash]?.purpose.pages ?? 0
        let spent = spentToday { state.grants[$0]?.grant.purpose == hash }
        return budget - min(spent, budget)
    }

    private func spentToday(under counts: (Hash256) -> Bool) -> UInt64 {
        let today = Day(of: now)
        return state.releases.values.filter { Day(of: $0.mark.time) == today && counts($0.release.grant) }
            .reduce(0) { $0 + UInt64($1.release.count) }
    }

    package func lastEnding(to purpose: Hash256) -> CofferError? {
        state.consents.filter { $0.value.consent.purpose == purpose }.compactMap { ending(of: $0.key) }
            .max { ($0.entry ?? 0) < ($1.entry ?? 0) }
    }
}

extension GrantRecord {
    package func terms(_ hash: Hash256) -> GrantTerms {
        GrantTerms(
            hash: hash, entry: mark.index, purpose: grant.purpose, job: grant.job, kinds: grant.kinds,
            apps: grant.apps, days: grant.from...max(grant.from, grant.to))
    }
}

extension BrokerGroup {
    /// Nil for a shape that the charter's rules would have refused.
    fileprivate init?(_ group: CharterTerms.Group) {
        guard
            let shape = try? GroupShape(name: group.name, threshold: group.threshold, count: group.brokers.count)
        else { return nil }
        self.init(
            shape: shape,
            brokers: group.brokers.map {
                BrokerSeat(name: $0.name, key: $0.noteKey, sealing: $0.sealing, url: $0.url)
            })
    }
}
