import Ledger
import Rules
import Sealing

/// A second implementation of the rules, written only from Design, "The ledger is the state", without the code under
/// test. It decides which statements are accepted.
///
/// It knows people by name and uses only a statement's fields; it makes every decision itself.
struct Model: Sendable {
    var size = 0
    var clock: Milliseconds = 0
    var accepted: [Hash256: UInt64] = [:]
    /// H(n) = SHA-256(D("accepted") ‖ H(n−1) ‖ identity ‖ u64 index ‖ u64 time), H(0) zero.
    var history = Bytes(repeating: 0, count: 32)

    var terms = Cast.terms
    var charter = Cast.charter.hash
    /// The roster that new consents are bound to: the brokers that share their keys.
    var roster = Cast.charter.hash
    var shapes: [Hash256: [GroupShape]] = [Cast.charter.hash: Cast.shapes]
    var waiting: (due: Milliseconds, amend: Amend)?

    var enrolled: Set<VerifyingKey> = []
    var dismissed: Set<VerifyingKey> = []
    var revoked: Set<VerifyingKey> = []
    var purposes: [Hash256: Purpose] = [:]
    var withdrawn: Set<Hash256> = []
    var consents: [Hash256: Consent] = [:]
    /// The consents that an amendment ended, and when.
    var cut: [Hash256: Milliseconds] = [:]
    var erased: [Hash256: [(by: VerifyingKey, pages: Set<PageID>)]] = [:]
    var grants: [Hash256: (grant: Grant, live: Milliseconds)] = [:]
    var releases: [Hash256: (release: Release, time: Milliseconds)] = [:]
    var halted: Set<Hash256> = []
    var lifted: Set<Hash256> = []

    /// Applies one entry. Returns whether it is accepted.
    mutating func take(stamp: Milliseconds, fact: Fact?) -> Bool {
        clock = max(clock, stamp)
        defer { size += 1 }
        if let due = waiting, due.due <= clock { enforce(due.amend, at: due.due) }
        guard let fact, accepted[fact.hash] == nil, fact.statement.heading.origin == Cast.origin,
            isInTime(fact.statement), isSigned(fact), admit(fact.statement, fact.hash)
        else { return false }
        accepted[fact.hash] = UInt64(size)
        let numbers = [UInt64(size), clock.rawValue].flatMap { number in
            (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
        }
        history = Hash256(of: Bytes("coffer/v1/accepted".utf8) + [0] + history + fact.hash.bytes + numbers).bytes
        return true
    }

    /// A starting statement must be logged before its `until`, which is at most 7 days ahead; 1 day for a consent, an
    /// hour for a release.
    private func isInTime(_ statement: Statement) -> Bool {
        guard let until = statement.heading.until else { return true }
        let longest: Milliseconds
        switch statement {
        case .release: longest = 3_600_000
        case .consent: longest = 86_400_000
        default: longest = 7 * millisecondsPerDay
        }
        return until >= clock && until <= clock + longest
    }

    private mutating func enforce(_ amend: Amend, at due: Milliseconds) {
        waiting = nil
        let old = terms.groups.map { ($0.name, $0.threshold, $0.brokers.map(\.noteKey)) }
        let new = amend.terms.groups.map { ($0.name, $0.threshold, $0.brokers.map(\.noteKey)) }
        if old.count != new.count || zip(old, new).contains(where: { $0 != $1 }) {
            roster = amend.hash
            shapes[amend.hash] = amend.terms.shapes
        }
        if amend.ends {
            for consent in consents where consent.value.rosterHash != roster {
                cut[consent.key] = cut[consent.key] ?? due
            }
        }
        terms = amend.terms
        charter = amend.hash
    }

    // MARK: What lives

    var isHalted: Bool { !halted.isSubset(of: lifted) }

    func isLive(purpose hash: Hash256, at time: Milliseconds) -> Bool {
        guard let purpose = purposes[hash] else { return false }
        return !withdrawn.contains(hash) && time < purpose.ends
    }

    func isLive(consent hash: Hash256, at time: Milliseconds) -> Bool {
        guard let consent = consents[hash] else { return false }
        if let waiting, waiting.amend.ends, waiting.due <= time {
            var then = self
            then.enforce(waiting.amend, at: waiting.due)
            return then.isLive(consent: hash, at: time)
        }
        return !revoked.contains(consent.pseudonym) && !dismissed.contains(consent.pseudonym)
            && time < consent.expires && cut[hash].map { $0 > time } ?? true
    }

    /// Whether the consent has ended for ever at a time.
    func hasEnded(consent hash: Hash256, at time: Milliseconds) -> Bool {
        guard let consent = consents[hash] else { return false }
        return !isLive(consent: hash, at: time) || !isLive(purpose: consent.purpose, at: time)
    }

    func isErased(_ page: PageID, under hash: Hash256) -> Bool {
        guard let consent = consents[hash] else { return false }
        return (erased[hash] ?? []).contains { $0.by == consent.pseudonym && $0.pages.contains(page) }
    }

    /// The number of ids that accepted releases named on this UTC day, under the grants that `counts` selects.
    func spent(on day: Milliseconds, where counts: (Grant, Hash256) -> Bool) -> Int {
        releases.values.filter { $0.time / 86_400_000 == day }.reduce(0) { sum, record in
            guard let grant = grants[record.release.grant]?.grant, counts(grant, record.release.grant) else {
                return sum
            }
            return sum + record.release.consents.reduce(0) { $0 + $1.ids.count }
        }
    }
}
