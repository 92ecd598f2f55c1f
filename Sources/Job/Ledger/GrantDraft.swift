package import Rules
package import Sealing

/// A job's request before it is signed. What it does not specify is taken from the purpose.
package struct GrantDraft: Sendable {
    /// How long reviewers have to sign and publish it; the rules allow seven days.
    static let patience: Milliseconds = 6 * millisecondsPerDay

    package let purposeName: String
    package var kinds: [Kind]?
    package var apps: [AppName]?
    package let days: ClosedRange<Day>
    /// Ids per UTC day.
    package var pages: UInt64?
    package var expires: Milliseconds?

    package init(
        purposeName: String, kinds: [Kind]?, apps: [AppName]?, days: ClosedRange<Day>, pages: UInt64?,
        expires: Milliseconds?
    ) {
        self.purposeName = purposeName
        self.kinds = kinds
        self.apps = apps
        self.days = days
        self.pages = pages
        self.expires = expires
    }

    /// The statement. Throws the ledger's refusal if the purpose is not live or does not allow all of this.
    package func grant(for job: VerifyingKey, in view: StateView) throws(CofferError) -> Grant {
        let (hash, record) = try purpose(in: view)
        let purpose = record.purpose
        let grant = Grant(
            heading: Heading(origin: view.origin, until: view.now + Self.patience), purpose: hash, job: job,
            kinds: kinds ?? purpose.kinds, apps: apps ?? purpose.apps, from: days.lowerBound, to: days.upperBound,
            pages: pages.map(SaturatingUInt64.init(rawValue:)) ?? purpose.pages, expires: expires ?? purpose.ends)
        do throws(Refusal) { try grant.check(against: purpose, at: view.now) } catch {
            throw CofferError(.refused, error.message, rule: error.rule, entry: record.mark.index)
        }
        return grant
    }

    /// The newest live purpose of this name, or whose hash begins with these digits.
    private func purpose(in view: StateView) throws(CofferError) -> (Hash256, PurposeRecord) {
        let named = view.state.purposes.filter { hash, record in
            record.purpose.name == purposeName
                || purposeName.utf8.count >= GrantReference.shortestPrefix && hash.hex.hasPrefix(purposeName)
        }.sorted { $0.value.mark.index > $1.value.mark.index }
        if let live = named.first(where: { view.ending(ofPurpose: $0.key) == nil }) { return live }
        if let newest = named.first, let ending = view.ending(ofPurpose: newest.key) { throw ending }
        throw CofferError(
            .notFound, "The ledger holds no purpose of this name.", hint: "`coffer purposes` lists them.")
    }
}

/// What a request would cover now, from the ledger only. How many pages there are is in the indices, which only a
/// release opens; the ledger knows those that were released before.
package struct GrantForecast: Hashable, Sendable {
    /// Live consents to the purpose.
    package let consents: Int
    /// Index weeks that the days touch and that have already begun.
    package let weeks: Int
    /// Ids that opening the indices costs, once an epoch.
    package var indexIDs: Int { consents * weeks }
    /// Pages of live consents that were released under the purpose before, and that are not erased.
    package let knownPages: Int
    /// The consents that they are of.
    package let knownPeople: Int
    /// Ids of an epoch that opens at least the known pages.
    package var ids: UInt64 { UInt64(indexIDs + knownPages) }
    /// Ids that the request and the purpose allow in a UTC day.
    package let daily: UInt64
    /// Ids left today under the purpose's budget.
    package let budget: UInt64
    /// How many days such an epoch needs; nil when nothing may be named.
    package var days: UInt64? { daily == 0 ? nil : (ids - min(ids, 1)) / daily + 1 }

    package init(_ grant: Grant, in view: StateView) throws(CofferError) {
        let days = grant.from...max(grant.from, grant.to)
        let live = Set(try view.liveConsents(to: grant.purpose).map(\.hash))
        consents = live.count
        weeks = GrantTerms.weeks(of: days, begunBy: Day(of: view.now)).count
        let purpose = view.state.purposes[grant.purpose]?.purpose.pages ?? 0
        daily = min(grant.pages, purpose).rawValue
        budget = min(grant.pages.rawValue, view.idsLeft(underPurpose: grant.purpose))
        var known: [Hash256: Set<PageID>] = [:]
        for record in view.state.releases.values
        where view.state.grants[record.release.grant]?.grant.purpose == grant.purpose {
            for part in record.release.consents where live.contains(part.consent) {
                known[part.consent, default: []].formUnion(part.ids.lazy.filter { $0.monday == nil })
            }
        }
        let left = known.map { consent, pages in pages.subtracting(view.state.erased(under: consent)).count }
        knownPages = left.reduce(0, +)
        knownPeople = left.count { $0 > 0 }
    }
}
