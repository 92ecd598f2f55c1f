package import Sealing

/// What the ledger's entries come to: the ledger is the state (DESIGN §8).
///
/// `apply` is pure and total. Brokers, auditors, employees and jobs run it over the same entries and so agree.
package struct State: Sendable {
    /// The ledger that was pinned, and the hash of its charter.
    package let origin: String
    package let pinnedCharter: Hash256

    /// How many entries were applied.
    package private(set) var size: UInt64 = 0
    /// The maximum of all stamps: it alone decides inside `apply`.
    package private(set) var clock: Milliseconds = 0

    /// The terms in force, the last of those that ever were; empty before entry 0.
    package private(set) var charters: [CharterRecord] = []
    /// An accepted amendment whose notice has not passed: one at most.
    var pending: PendingAmendment?
    /// The groups that consents were and are bound to, by the hash of the charter or amendment that set them; each
    /// broker as the newest terms that name it have it.
    package private(set) var rosters: [Hash256: [CharterTerms.Group]] = [:]
    /// The roster that new consents take.
    package private(set) var roster: Hash256?

    package var purposes: [Hash256: PurposeRecord] = [:]
    package var withdrawn: [Hash256: Mark] = [:]
    package var pseudonyms: [VerifyingKey: PseudonymRecord] = [:]
    package var consents: [Hash256: ConsentRecord] = [:]
    package var erasures: [ErasedKey: Set<PageID>] = [:]
    package var grants: [Hash256: GrantRecord] = [:]
    package var releases: [Hash256: ReleaseRecord] = [:]
    package var outcomes: [Hash256: [Mark]] = [:]
    package var destructions: [VerifyingKey: UInt64] = [:]
    package var halts: [Hash256: HaltRecord] = [:]

    /// The identities accepted so far, and where.
    package private(set) var accepted: [Hash256: UInt64] = [:]
    package private(set) var roles: [VerifyingKey: KeyRole] = [:]
    /// Ids named on the last day on which any were, by grant and by purpose.
    var spent: [Hash256: DaySpent] = [:]

    package init(origin: String, charterHash: Hash256) {
        self.origin = origin
        self.pinnedCharter = charterHash
    }

    /// The terms in force at the clock.
    package var charter: CharterRecord? { charters.last }

    /// Decides one entry. Only acceptance changes anything but size and clock, and what the clock brings into force.
    @discardableResult
    package mutating func apply(_ entry: Entry) -> Verdict {
        let mark = Mark(index: size, time: max(clock, entry.stamp))
        size += 1
        clock = mark.time
        if let due = pending, due.effective <= clock {
            pending = nil
            enforce(due.amend.terms, hash: due.hash, mark: due.mark, since: due.effective, ends: due.amend.ends)
        }
        do {
            return .accepted(try decide(entry, mark))
        } catch {
            return .refused(error)
        }
    }

    mutating func enforce(_ terms: CharterTerms, hash: Hash256, mark: Mark, since: Milliseconds, ends: Bool) {
        if charter.map({ terms.hasSameRoster(as: $0.terms) }) != true {
            rosters[hash] = terms.groups
            roster = hash
        }
        rosters = rosters.mapValues { groups in groups.map { $0.renewed(by: terms.brokers) } }
        if ends {
            for (consent, record) in consents where record.consent.roster != roster && record.rosterEnded == nil {
                consents[consent]?.rosterEnded = since
            }
        }
        charters.append(CharterRecord(hash: hash, terms: terms, mark: mark, since: since))
        for (key, role) in terms.roles { take(role, key) }
    }

    mutating func take(_ role: KeyRole, _ key: VerifyingKey) { roles[key] = role }

    mutating func accept(_ hash: Hash256, at mark: Mark) { accepted[hash] = mark.index }
}
