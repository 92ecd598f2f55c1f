/// Module Rules: the statements, and the one implementation of the rules that decide about them.
///
/// It imports Sealing, Ledger and swift-collections. It is pure: no clock, no files, no network.
///
/// `Statement` parses a note's text. `LedgerState` is the state after some entries; `apply` judges the next entry and
/// returns a `Verdict`. `ReleaseJudge` decides which positions of a release a broker may answer. `CharterTerms` are the
/// names, keys and limits of a ledger. `Refusal` names the rule that a statement or an ask breaks.
///
/// Promises: the same entries give the same state and verdicts on every machine; no entry makes `apply` fail, it only
/// refuses; a snapshot of the state has one encoding. The page Statements lists all rules.
package import Sealing

/// The state that the ledger's entries lead to (Design, "The ledger is the state").
///
/// `apply` is pure and total. Brokers, auditors, employees and jobs run it over the same entries and so agree. Tables
/// that grow with people and releases are trees that copies share, so a copy is cheap and a change costs only its own
/// size.
package struct LedgerState: Sendable {
    /// The ledger that was pinned, and the hash of its charter.
    package let origin: String
    package let pinnedCharter: Hash256
    /// Whether releases are kept whole, and after their grants have expired.
    package private(set) var retention: Retention

    /// The number of applied entries.
    package internal(set) var size: UInt64 = 0
    /// The maximum of all stamps, the only time that `apply` uses.
    package internal(set) var clock: Milliseconds = 0

    /// All terms that are or were in force; the last are in force now. Empty before entry 0.
    package internal(set) var charters: [CharterRecord] = []
    /// An accepted amendment whose notice has not passed. There is at most one.
    var pending: PendingAmendment?
    /// The groups that consents are or were bound to, keyed by the hash of the charter or amendment that set them. Each
    /// broker is as in the newest terms that name it.
    package internal(set) var rosters: [Hash256: [CharterTerms.Group]] = [:]
    /// The roster that new consents must name.
    package internal(set) var roster: Hash256?

    package var purposes: [Hash256: PurposeRecord] = [:]
    package var withdrawn: [Hash256: LogPosition] = [:]
    package var pseudonyms: PersistentMap<VerifyingKey, PseudonymRecord> = [:]
    package var consents: PersistentMap<Hash256, ConsentRecord> = [:]
    package var erasures: PersistentMap<ErasedKey, Set<PageID>> = [:]
    package var grants: [Hash256: GrantRecord] = [:]
    package internal(set) var acceptedReleases: AcceptedReleases
    package var outcomes: [Hash256: [LogPosition]] = [:]
    package var destructions: [VerifyingKey: UInt64] = [:]
    package var halts: [Hash256: HaltRecord] = [:]

    /// The accepted identities that could be submitted again, with their entries, except those of releases.
    package var accepted = AcceptedIdentities()
    /// A hash over every acceptance so far: H(n) = SHA-256(D("accepted") ‖ H(n−1) ‖ identity ‖ u64 index ‖ u64 time),
    /// H(0) zero.
    package internal(set) var history = Hash256.zero
    package internal(set) var roles: PersistentMap<VerifyingKey, KeyRole> = [:]
    /// The number of ids named on the last day with any, by grant and by purpose.
    var spent: [Hash256: DaySpent] = [:]

    package init(origin: String, charterHash: Hash256, retention: Retention = .everything) {
        self.origin = origin
        self.pinnedCharter = charterHash
        self.retention = retention
        self.acceptedReleases = AcceptedReleases(retention)
    }

    /// The accepted releases with everything that they name, for readers of the history. A state taken over from
    /// brokers has only the later ones. With retention `needed` nothing is kept, and reading this is a bug.
    package var releases: PersistentMap<Hash256, ReleaseRecord> {
        precondition(retention != .needed, "this state does not retain what its releases name")
        return acceptedReleases.whole
    }

    /// This state as a laptop continues it: it keeps later releases whole.
    package func bootstrapped() -> LedgerState {
        precondition(retention == .needed, "only what brokers retain is taken over")
        var state = self
        state.retention = .sinceBootstrap
        state.acceptedReleases.startBootstrapped()
        return state
    }

    /// The terms in force at the clock.
    package var charter: CharterRecord? { charters.last }

    /// Judges one entry. A refused entry changes only size and clock, and what the clock brings into force.
    @discardableResult
    package mutating func apply(_ entry: Entry) -> Verdict {
        apply(PreparedNote(entry.note, isChecking: false), stamp: entry.stamp)
    }

    /// Judges one entry whose note was prepared.
    @discardableResult
    package mutating func apply(_ note: PreparedNote, stamp: Milliseconds) -> Verdict {
        let mark = advance(to: stamp)
        do {
            return .accepted(try decide(note, mark))
        } catch {
            return .refused(error)
        }
    }

    /// Takes the next place in the log. Its time may bring an amendment into force.
    mutating func advance(to stamp: Milliseconds) -> LogPosition {
        let mark = LogPosition(index: size, time: max(clock, stamp))
        size += 1
        if Day(of: mark.time) > Day(of: clock) { forget(before: Day(of: mark.time)) }
        clock = mark.time
        if let due = pending, due.effective <= clock { enforcePending() }
        return mark
    }

    /// Brings the accepted amendment into force.
    mutating func enforcePending() {
        guard let due = pending else { return }
        pending = nil
        enforce(due.amend.terms, hash: due.hash, mark: due.mark, since: due.effective, ends: due.amend.ends)
    }

    mutating func enforce(_ terms: CharterTerms, hash: Hash256, mark: LogPosition, since: Milliseconds, ends: Bool) {
        if charter.map({ terms.hasSameRoster(as: $0.terms) }) != true {
            rosters[hash] = terms.groups
            roster = hash
        }
        rosters = rosters.mapValues { groups in groups.map { $0.renewed(by: terms.brokers) } }
        if ends {
            for (consent, record) in consents where record.consent.rosterHash != roster && record.rosterEnded == nil {
                consents[consent]?.rosterEnded = since
            }
        }
        charters.append(CharterRecord(hash: hash, terms: terms, mark: mark, since: since))
        for (key, role) in terms.roles { take(role, key) }
    }

    mutating func take(_ role: KeyRole, _ key: VerifyingKey) { roles[key] = role }
}
