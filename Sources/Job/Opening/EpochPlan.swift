import Messages
import Rules
import Sealing

/// The ids that a stream needs, cut into releases and asks.
struct EpochPlan: Sendable {
    /// One release: targets in the order in which they are consumed, with their positions.
    struct Batch: Sendable {
        let targets: [Target]
        /// The release, if it is logged already.
        let logged: LoggedReleases.Own?

        /// What another release names.
        var parts: [Release.Part] {
            let ids = Dictionary(grouping: targets, by: \.consent.hash)
            return ids.map { Release.Part(consent: $0.key, ids: $0.value.map(\.id)) }
                .sorted { $0.consent < $1.consent }
        }

        /// The targets in asks of one roster with at most `Ask.usualPositions`, each ascending.
        var asks: [[Target]] {
            var asks: [[Target]] = []
            for target in targets {
                if let last = asks.last, last.count < Ask.usualPositions,
                    last[0].consent.groups == target.consent.groups
                {
                    asks[asks.count - 1].append(target)
                } else {
                    asks.append([target])
                }
            }
            return asks.map { $0.sorted { $0.at < $1.at } }
        }

        /// Targets in the order in which they are consumed; those of a logged release have its positions.
        init(_ wanted: [Target], logged: LoggedReleases.Own? = nil) {
            self.logged = logged
            guard logged == nil else {
                targets = wanted
                return
            }
            var targets = wanted
            let order = wanted.indices.sorted {
                (wanted[$0].consent.hash, wanted[$0].id) < (wanted[$1].consent.hash, wanted[$1].id)
            }
            for (at, i) in order.enumerated() { targets[i].at = UInt32(at) }
            self.targets = targets
        }

        /// What is left without what the stream goes on without; nil if that is nothing.
        func without(_ dropped: Dropped) -> Batch? {
            let left = dropped.filter(targets)
            guard left.count < targets.count else { return self }
            return left.isEmpty ? nil : Batch(left, logged: logged)
        }
    }

    let batches: [Batch]

    var count: Int { batches.reduce(0) { $0 + $1.targets.count } }
    /// How many ids of today's budget it costs.
    var cost: Int { batches.reduce(0) { $0 + ($1.logged == nil ? $1.targets.count : 0) } }

    init(weeks: [Day], of consents: [ConsentTerms], _ logged: LoggedReleases = LoggedReleases()) {
        self.init(consents.flatMap { consent in weeks.map { Target(consent: consent, what: .week($0)) } }, logged)
    }

    /// Pages in the order in which they are consumed: a person's day is kept together.
    init(pages: [(consent: ConsentTerms, line: IndexLine)], _ logged: LoggedReleases = LoggedReleases()) {
        let ordered = pages.sorted {
            ($0.consent.hash, $0.line.day, $0.line.page) < ($1.consent.hash, $1.line.day, $1.line.page)
        }
        self.init(ordered.map { Target(consent: $0.consent, what: .page($0.line)) }, logged)
    }

    private init(_ wanted: [Target], _ logged: LoggedReleases) {
        var batches: [Batch] = []
        var batch: [Target] = []
        var release: Int?
        var consents: Set<Hash256> = []
        func cut() {
            if !batch.isEmpty { batches.append(Batch(batch, logged: release.map { logged[$0] })) }
            batch = []
            consents = []
        }
        for var item in wanted {
            let place = logged.place(of: item)
            let isNew = !consents.contains(item.consent.hash)
            if place?.number != release || batch.count == Release.maximumIDs
                || isNew && consents.count == Release.maximumConsents
            {
                cut()
            }
            release = place?.number
            if let place { item.at = place.at }
            batch.append(item)
            consents.insert(item.consent.hash)
        }
        cut()
        self.batches = batches
    }
}
