package import Rules
package import Sealing

/// Whose pages were released to which job for which purpose, computed from the log. Every accepted release counts as
/// an access, whether brokers answered it or not (Design, "Statements").
package struct Affected: Sendable {
    /// What one job was given of one pseudonym's pages.
    package struct Access: Hashable, Sendable {
        package let job: VerifyingKey
        /// Distinct pages.
        package let pages: Int
        /// Index weeks, which show which apps have pages on which days.
        package let weeks: Int
        /// The first and the last release.
        package let first: Milliseconds
        package let last: Milliseconds
    }

    /// One pseudonym. A pseudonym consents once, so it has one purpose.
    package struct Person: Hashable, Sendable {
        package let pseudonym: VerifyingKey
        package let purpose: Hash256
        /// Newest last.
        package let accesses: [Access]

        package var pages: Int
        package var first: Milliseconds { accesses.map(\.first).min() ?? 0 }
        package var last: Milliseconds { accesses.map(\.last).max() ?? 0 }
    }

    /// Which releases count.
    package struct Filter: Sendable {
        package var since: Milliseconds = 0
        /// Releases at this time or later do not count; nil for no end.
        package var until: Milliseconds?
        package var jobs: Set<VerifyingKey>?
        package var purposes: Set<Hash256>?

        package init() {}

        func takes(_ time: Milliseconds) -> Bool { time >= since && (until.map { time < $0 } ?? true) }
    }

    /// Ascending by pseudonym.
    package let people: [Person]
    /// How many releases counted.
    package let releases: Int

    init(people: [Person], releases: Int) {
        self.people = people
        self.releases = releases
    }

    package init(_ state: LedgerState, _ filter: Filter = Filter()) {
        var found: [VerifyingKey: [VerifyingKey: Tally]] = [:]
        var purposes: [VerifyingKey: Hash256] = [:]
        var releases = 0
        for record in state.releases.values {
            guard let grant = state.grants[record.release.grant]?.grant, filter.takes(record.mark.time),
                filter.jobs?.contains(grant.job) != false, filter.purposes?.contains(grant.purpose) != false
            else { continue }
            releases += 1
            for part in record.release.consents {
                guard let consent = state.consents[part.consent]?.consent else { continue }
                purposes[consent.pseudonym] = consent.purpose
                found[consent.pseudonym, default: [:]][grant.job, default: Tally()].add(part.ids, at: record.mark.time)
            }
        }
        self.releases = releases
        self.people = found.keys.sorted().compactMap { pseudonym in
            guard let jobs = found[pseudonym], let purpose = purposes[pseudonym] else { return nil }
            let accesses = jobs.map { $1.access(by: $0) }.sorted { ($0.last, $0.job) < ($1.last, $1.job) }
            let pages = jobs.values.reduce(into: Set<PageID>()) { $0.formUnion($1.pages) }.count
            return Person(pseudonym: pseudonym, purpose: purpose, accesses: accesses, pages: pages)
        }
    }

    private struct Tally {
        var pages: Set<PageID> = []
        var weeks: Set<PageID> = []
        var first = Milliseconds.max
        var last: Milliseconds = 0

        mutating func add(_ ids: [PageID], at time: Milliseconds) {
            for id in ids {
                if id.monday == nil { pages.insert(id) } else { weeks.insert(id) }
            }
            first = min(first, time)
            last = max(last, time)
        }

        func access(by job: VerifyingKey) -> Access {
            Access(job: job, pages: pages.count, weeks: weeks.count, first: first, last: last)
        }
    }

    /// The assumption behind the answer. Print it beside the answer.
    package static let assumption =
        "This holds assuming at least one group had fewer than t corrupt brokers: then no key was given without an "
        + "entry in this log."
}
