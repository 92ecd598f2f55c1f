package import Sealing

/// The entry that caused something, and its time.
package struct LogPosition: Hashable, Sendable {
    package let index: UInt64
    package let time: Milliseconds

    package init(index: UInt64, time: Milliseconds) {
        self.index = index
        self.time = time
    }
}

/// Terms that are or were in force.
package struct CharterRecord: Hashable, Sendable {
    /// The hash of the charter or the amendment.
    package let hash: Hash256
    package let terms: CharterTerms
    package let mark: LogPosition
    /// Since when they are in force.
    package let since: Milliseconds
}

/// An accepted amendment, and when its notice has passed.
struct PendingAmendment: Hashable, Sendable {
    let effective: Milliseconds
    let hash: Hash256
    let amend: Amend
    let mark: LogPosition
}

/// The number of ids that accepted releases have named on a day, under a grant or a purpose.
struct DaySpent: Hashable, Sendable {
    let day: Day
    let count: SaturatingUInt64
}

extension DaySpent? {
    /// The count with `more` ids added; it restarts on another day.
    func and(_ more: SaturatingUInt64, on today: Day) -> DaySpent {
        DaySpent(day: today, count: more + (self.map { $0.day == today ? $0.count : 0 } ?? 0))
    }
}

/// An accepted purpose.
package struct PurposeRecord: Hashable, Sendable {
    package let purpose: Purpose
    package let mark: LogPosition
}

/// An accepted consent, and what ended it, if anything.
package struct ConsentRecord: Hashable, Sendable {
    package let consent: Consent
    package let mark: LogPosition
    /// When an amendment ended it.
    package internal(set) var rosterEnded: Milliseconds?
}

/// An accepted grant.
package struct GrantRecord: Hashable, Sendable {
    package let grant: Grant
    package let mark: LogPosition
    /// When the purpose's notice has passed.
    package let live: Milliseconds
}

/// An accepted release with everything that it names.
package struct ReleaseRecord: Hashable, Sendable {
    package let release: Release
    package let mark: LogPosition
}

/// A halt, and the resume that lifted it.
package struct HaltRecord: Hashable, Sendable {
    package let mark: LogPosition
    package internal(set) var lifted: LogPosition?
}

/// What the ledger's state holds about a pseudonym.
package struct PseudonymRecord: Hashable, Sendable {
    package internal(set) var enrolled: LogPosition?
    package internal(set) var dismissed: LogPosition?
    package internal(set) var revoked: LogPosition?
    package internal(set) var consent: Hash256?
}

/// The key of the erased ids: a consent, and the pseudonym that signed. Only erasures by the consent's own pseudonym
/// count.
package struct ErasedKey: Hashable, Sendable {
    package let pseudonym: VerifyingKey
    package let consent: Hash256

    package init(pseudonym: VerifyingKey, consent: Hash256) {
        self.pseudonym = pseudonym
        self.consent = consent
    }
}
