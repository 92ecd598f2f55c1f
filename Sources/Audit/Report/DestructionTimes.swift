package import Rules
package import Sealing

/// How long after a revocation n − t + 1 brokers of one group had destroyed their parts. From then on the consent
/// cannot be evaluated.
package struct DestructionTimes: Sendable {
    package struct Bucket: Sendable {
        package let name: String
        package var count = 0
    }

    /// Shortest first; the last one counts those that are not destroyed yet.
    package private(set) var buckets: [Bucket]
    package let revoked: Int
    package let waiting: Int
    package let median: Milliseconds?
    package let longest: Milliseconds?
    /// The revocations that have waited longest: the revoke's entry and time, at most twenty.
    package let oldest: [LogPosition]

    private static let limits: [(String, Milliseconds)] = [
        ("under 1 min", 60_000), ("1–10 min", 600_000), ("10–60 min", 3_600_000), ("1–6 h", 21_600_000),
        ("6–24 h", 86_400_000), ("1–7 days", 604_800_000), ("over 7 days", .max),
    ]

    init(_ state: LedgerState, _ collector: ReportCollector, now: Milliseconds) {
        var times: [Milliseconds] = []
        var waiting: [LogPosition] = []
        for record in state.consents.values {
            guard let revoked = state.pseudonyms[record.consent.pseudonym]?.revoked,
                let groups = state.rosters[record.consent.rosterHash]
            else { continue }
            let ends = groups.compactMap { group -> Milliseconds? in
                let needed = group.stoppingCount
                let times = group.brokers.compactMap { collector.destroyed(by: $0.noteKey, size: revoked.index + 1) }
                return times.count < needed ? nil : times.sorted()[needed - 1]
            }
            if let end = ends.min() {
                times.append(end - revoked.time)
            } else {
                waiting.append(revoked)
            }
        }
        times.sort()
        buckets = Self.limits.map { Bucket(name: $0.0) } + [Bucket(name: "not yet", count: waiting.count)]
        for time in times {
            let place = Self.limits.firstIndex { time < $0.1 } ?? Self.limits.count - 1
            buckets[place].count += 1
        }
        revoked = times.count + waiting.count
        self.waiting = waiting.count
        median = times.isEmpty ? nil : times[(times.count - 1) / 2]
        longest = times.last
        oldest = Array(waiting.sorted { $0.index < $1.index }.prefix(20))
    }
}
