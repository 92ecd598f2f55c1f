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

/// What a request would cover now, from the ledger only.
package struct GrantForecast: Hashable, Sendable {
    /// Live consents to the purpose.
    package let consents: Int
    /// Index weeks that the days touch and that have already begun.
    package let weeks: Int
    /// Ids that opening the indices costs.
    package var indexIDs: Int { consents * weeks }
    /// Ids left today under the purpose's budget.
    package let budget: UInt64

    package init(_ grant: Grant, in view: StateView) throws(CofferError) {
        let days = grant.from...max(grant.from, grant.to)
        consents = try view.liveConsents(to: grant.purpose).count
        weeks = GrantTerms.weeks(of: days, begunBy: Day(of: view.now)).count
        budget = min(grant.pages.rawValue, view.idsLeft(underPurpose: grant.purpose))
    }
}
