package import Sealing

/// The part of a grant that a stream takes. Nil takes all of it.
package struct Selection: Sendable {
    package static let all = Selection()

    private let kinds: [Kind]?
    private let apps: [AppName]?
    private let days: ClosedRange<Day>?

    package init(kinds: [Kind]? = nil, apps: [AppName]? = nil, days: ClosedRange<Day>? = nil) {
        self.kinds = kinds
        self.apps = apps
        self.days = days
    }

    /// The grant with only this part. Throws for what the grant does not cover: nobody takes the lack of it for an empty
    /// stream.
    func narrowing(_ grant: GrantTerms) throws(CofferError) -> GrantTerms {
        if let kind = kinds?.first(where: { !grant.kinds.contains($0) }) {
            throw Self.beyond("The grant does not cover the kind \(kind.rawValue).", "grant.kind", grant)
        }
        if let app = apps?.first(where: { !grant.apps.contains($0) }) {
            throw Self.beyond("The grant does not cover the app \(app.string).", "grant.app", grant)
        }
        let days = days ?? grant.days
        guard grant.days.contains(days.lowerBound), grant.days.contains(days.upperBound) else {
            let (first, last) = (CivilTime(grant.days.lowerBound).date, CivilTime(grant.days.upperBound).date)
            throw Self.beyond("The grant covers only the days from \(first) to \(last).", "grant.days", grant)
        }
        return GrantTerms(
            hash: grant.hash, entry: grant.entry, purpose: grant.purpose, job: grant.job, kinds: kinds ?? grant.kinds,
            apps: apps ?? grant.apps, days: days)
    }

    private static func beyond(_ message: String, _ rule: String, _ grant: GrantTerms) -> CofferError {
        CofferError(
            .refused, message, rule: rule, entry: grant.entry,
            hint: "Ask for less, or request another grant with `coffer job request`.")
    }
}
