package import Rules
package import Sealing

/// A grant from the ledger: what its job may open.
package struct GrantTerms: Hashable, Sendable {
    package let hash: Hash256
    /// Its entry in the ledger.
    package let entry: UInt64
    package let purpose: Hash256
    package let job: VerifyingKey
    package let kinds: [Kind]
    package let apps: [AppName]
    /// Days, both inclusive.
    package let days: ClosedRange<Day>

    package init(
        hash: Hash256, entry: UInt64, purpose: Hash256, job: VerifyingKey, kinds: [Kind], apps: [AppName],
        days: ClosedRange<Day>
    ) {
        self.hash = hash
        self.entry = entry
        self.purpose = purpose
        self.job = job
        self.kinds = kinds
        self.apps = apps
        self.days = days
    }

    func allows(_ line: IndexLine) -> Bool {
        kinds.contains(line.kind) && apps.contains(line.app) && days.contains(line.day)
    }

    /// The Mondays of the weeks that these days touch and that have begun.
    static func weeks(of days: ClosedRange<Day>, begunBy today: Day) -> [Day] {
        let last = min(days.upperBound, today)
        guard days.lowerBound.monday <= last else { return [] }
        return Array(stride(from: days.lowerBound.monday, through: last, by: 7))
    }
}

/// A live consent and the brokers that hold its sub-keys.
package struct ConsentTerms: Hashable, Sendable {
    package let hash: Hash256
    package let pseudonym: VerifyingKey
    /// The commitment to its scope.
    package let scope: Hash256
    /// The groups and their brokers, in the charter's order.
    package let groups: [CharterTerms.Group]
    /// The day of its entry.
    package let day: Day
    /// Whether its indices say where they stand and which weeks are closed.
    package let isLinked: Bool

    package init(
        hash: Hash256, pseudonym: VerifyingKey, scope: Hash256, groups: [CharterTerms.Group], day: Day, isLinked: Bool
    ) {
        self.hash = hash
        self.pseudonym = pseudonym
        self.scope = scope
        self.groups = groups
        self.day = day
        self.isLinked = isLinked
    }
}
