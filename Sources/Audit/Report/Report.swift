package import Ledger
package import Rules
package import Sealing

/// The numbers of `audit report`, for people. The same log gives the same report.
package struct Report: Sendable {
    package let origin: String
    package let charter: Hash256
    package let isDemo: Bool
    package let size: UInt64
    package let root: Hash256
    package let accepted: UInt64
    package let refused: UInt64
    /// When the charter was logged.
    package let began: Milliseconds
    /// When a quorum had cosigned the checkpoint: the report's present.
    package let asOf: Milliseconds
    package let groups: [String]
    package let quorum: Int

    package let days: DaySteps
    package let purposes: [PurposeLine]
    /// Accepted releases by step of days, then by purpose (an index into `purposes`).
    package let releases: [[Count]]
    package let jobs: [JobLine]
    package let refusals: [RefusalLine]
    package let people: [PeopleLine]
    package let affected: Int
    package let liveConsents: Int
    package let halts: [HaltLine]
    package let destruction: DestructionTimes
    package let witnesses: WitnessLines
    package let overdue: [OverdueLine]
    package let unclaimed: [UnclaimedLine]

    package struct Count: Hashable, Sendable {
        package var releases = 0
        package var pages = 0
    }

    package struct PurposeLine: Sendable {
        package let hash: Hash256
        package let purpose: Purpose
        package let mark: LogPosition
        package let withdrawn: Milliseconds?
        package var total = Count()
        package var people = 0
    }

    package struct JobLine: Sendable {
        package let job: VerifyingKey
        package let purpose: Int
        package let total: Count
        package let last: Milliseconds
    }

    package struct RefusalLine: Sendable {
        package let rule: String
        package let message: String
        package let count: Int
        package let last: UInt64
    }

    /// What people did in a step of days.
    package struct PeopleLine: Hashable, Sendable {
        package var consents = 0
        package var revocations = 0
        package var dismissals = 0
    }

    package struct HaltLine: Sendable {
        package let mark: LogPosition
        package let lifted: Milliseconds?
    }

    /// `heads` are the log's earlier checkpoints, as a mirror stored them. `collector` must have seen every entry.
    package init(_ log: Replayed, _ collector: ReportCollector, checkpoints: [SignedNote] = []) throws(CofferError) {
        let state = log.state
        origin = state.origin
        charter = state.pinnedCharter
        isDemo = state.charter?.terms.demo ?? false
        size = log.checkpoint.size
        root = log.checkpoint.root
        accepted = log.accepted
        refused = log.refused
        began = collector.began
        asOf = log.cosigned
        groups = (state.charter?.terms.groups ?? []).map { "\($0.name) \($0.threshold) of \($0.brokers.count)" }
        quorum = log.quorum
        let days = DaySteps(from: Day(of: collector.began), to: Day(of: max(collector.clock, log.cosigned)))
        self.days = days

        var purposes = state.purposes.map {
            PurposeLine(
                hash: $0.key, purpose: $0.value.purpose, mark: $0.value.mark, withdrawn: state.withdrawn[$0.key]?.time)
        }
        purposes.sort { $0.mark.index < $1.mark.index }
        let places = Dictionary(uniqueKeysWithValues: purposes.enumerated().map { ($1.hash, $0) })

        var releases = Array(repeating: Array(repeating: Count(), count: purposes.count), count: days.count)
        var jobs: [JobKey: (total: Count, last: Milliseconds)] = [:]
        var read: [Set<VerifyingKey>] = Array(repeating: [], count: purposes.count)
        for record in state.releases.values {
            guard let grant = state.grants[record.release.grant]?.grant, let place = places[grant.purpose] else {
                continue
            }
            let pages = record.release.consents.reduce(0) { $0 + $1.ids.count { $0.monday == nil } }
            let step = days.step(of: record.mark.time)
            releases[step][place].add(pages)
            purposes[place].total.add(pages)
            let key = JobKey(job: grant.job, purpose: place)
            jobs[key, default: (Count(), 0)].total.add(pages)
            let last = jobs[key]?.last ?? 0
            jobs[key]?.last = max(last, record.mark.time)
            for part in record.release.consents {
                if let consent = state.consents[part.consent]?.consent { read[place].insert(consent.pseudonym) }
            }
        }
        for place in purposes.indices { purposes[place].people = read[place].count }
        self.purposes = purposes
        self.releases = releases
        self.jobs = jobs.map { JobLine(job: $0.job, purpose: $0.purpose, total: $1.total, last: $1.last) }
            .sorted { ($0.purpose, $0.job) < ($1.purpose, $1.job) }
        affected = read.reduce(into: Set()) { $0.formUnion($1) }.count

        refusals = collector.rules
            .map { RefusalLine(rule: $0, message: $1.message, count: $1.count, last: $1.last) }
            .sorted { ($1.count, $0.rule) < ($0.count, $1.rule) }

        var people = Array(repeating: PeopleLine(), count: days.count)
        for record in state.consents.values { people[days.step(of: record.mark.time)].consents += 1 }
        for record in state.pseudonyms.values {
            if let mark = record.revoked { people[days.step(of: mark.time)].revocations += 1 }
            if let mark = record.dismissed { people[days.step(of: mark.time)].dismissals += 1 }
        }
        self.people = people
        liveConsents = state.consents.keys.count { state.isLive(consent: $0, at: log.cosigned) }
        halts = state.halts.values.map { HaltLine(mark: $0.mark, lifted: $0.lifted?.time) }
            .sorted { $0.mark.index < $1.mark.index }
        destruction = DestructionTimes(state, collector, now: log.cosigned)
        witnesses = try WitnessLines(log, collector, checkpoints: checkpoints)
        overdue = OverdueLine.all(state, collector, now: log.cosigned)
        unclaimed = UnclaimedLine.all(state, collector)
    }

    private struct JobKey: Hashable {
        let job: VerifyingKey
        let purpose: Int
    }
}

extension Report.Count {
    mutating func add(_ pages: Int) {
        releases += 1
        self.pages += pages
    }
}

/// The equal time steps of a plot: days, or weeks or four weeks when there are many days. When a stamp lies very far
/// ahead, a step is a longer multiple of four weeks, so that a plot has few steps.
package struct DaySteps: Hashable, Sendable {
    package let first: Day
    package let last: Day
    /// In days: 1, 7 or a multiple of 28.
    package let length: Day

    private static let maximumSteps: Day = 4_000

    init(from first: Day, to last: Day) {
        let days = last > first ? last - first : 0
        self.length = days < 370 ? 1 : days < 2_590 ? 7 : 28 * (1 + days / 28 / Self.maximumSteps)
        // Weeks begin on Mondays.
        self.first = length == 1 ? first : first.monday
        self.last = max(first, last)
    }

    package var count: Int { Int((last - first) / length) + 1 }
    func step(of time: Milliseconds) -> Int { min(count - 1, Int((max(first, Day(of: time)) - first) / length)) }
    func day(_ step: Int) -> Day { first + Day(step) * length }
    var name: String { length == 1 ? "day" : length == 7 ? "week" : length == 28 ? "four weeks" : "\(length) days" }
    /// The heading of a column that names each step's first day.
    var heading: String {
        length == 1 ? "Day (UTC)" : length == 7 ? "Week from" : length == 28 ? "Four weeks from" : "\(name) from"
    }
}
