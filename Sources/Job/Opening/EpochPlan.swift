import Messages
import Rules
import Sealing

/// The ids that a stream needs, cut into releases and asks.
struct EpochPlan: Sendable {
    /// One release: targets in the order of its positions.
    struct Batch: Sendable {
        let targets: [Target]
        let parts: [Release.Part]
        /// The targets in the order in which they are consumed, in asks of one roster with at most
        /// `Ask.usualPositions`, each ascending.
        let asks: [[Target]]
    }

    let batches: [Batch]

    var count: Int { batches.reduce(0) { $0 + $1.targets.count } }

    init(weeks: [Day], of consents: [ConsentTerms]) {
        self.init(consents.flatMap { consent in weeks.map { Target(consent: consent, what: .week($0)) } })
    }

    /// Pages in the order in which they are consumed: a person's day is kept together.
    init(pages: [(consent: ConsentTerms, line: IndexLine)]) {
        let ordered = pages.sorted {
            ($0.consent.hash, $0.line.day, $0.line.page) < ($1.consent.hash, $1.line.day, $1.line.page)
        }
        self.init(ordered.map { Target(consent: $0.consent, what: .page($0.line)) })
    }

    private init(_ wanted: [Target]) {
        var batches: [Batch] = []
        var batch: [Target] = []
        var consents: Set<Hash256> = []
        for item in wanted {
            let isNew = !consents.contains(item.consent.hash)
            if batch.count == Release.maximumIDs || isNew && consents.count == Release.maximumConsents {
                batches.append(Self.batch(batch))
                batch = []
                consents = []
            }
            batch.append(item)
            consents.insert(item.consent.hash)
        }
        if !batch.isEmpty { batches.append(Self.batch(batch)) }
        self.batches = batches
    }

    private static func batch(_ wanted: [Target]) -> Batch {
        let order = wanted.indices.sorted {
            (wanted[$0].consent.hash, wanted[$0].id) < (wanted[$1].consent.hash, wanted[$1].id)
        }
        var consumed = wanted
        for (at, i) in order.enumerated() { consumed[i].at = UInt32(at) }
        let targets = order.map { consumed[$0] }
        let ids = Dictionary(grouping: targets, by: \.consent.hash)
        let parts = ids.map { Release.Part(consent: $0.key, ids: $0.value.map(\.id)) }
        return Batch(
            targets: targets, parts: parts.sorted { $0.consent < $1.consent }, asks: asks(consumed))
    }

    private static func asks(_ targets: [Target]) -> [[Target]] {
        var asks: [[Target]] = []
        for target in targets {
            if let last = asks.last, last.count < Ask.usualPositions, last[0].consent.groups == target.consent.groups {
                asks[asks.count - 1].append(target)
            } else {
                asks.append([target])
            }
        }
        return asks.map { $0.sorted { $0.at < $1.at } }
    }
}
