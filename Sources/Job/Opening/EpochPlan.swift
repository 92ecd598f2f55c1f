import Messages
import Sealing

/// The ids that a stream needs, cut into releases and asks.
struct EpochPlan: Sendable {
    /// One release: targets in the order of its positions.
    struct Batch: Sendable {
        let targets: [Target]
        let parts: [ReleaseRequest.Part]
        /// The targets in the order in which they are consumed, in asks of one roster and of
        /// `Ask.usualPositions` at most, each ascending.
        let asks: [[Target]]
    }

    private struct Wanted {
        let consent: ConsentTerms
        let what: Target.What
        var id: PageID { Target.id(what) }
    }

    let batches: [Batch]

    var count: Int { batches.reduce(0) { $0 + $1.targets.count } }

    init(weeks: [Day], of consents: [ConsentTerms]) {
        self.init(consents.flatMap { consent in weeks.map { Wanted(consent: consent, what: .week($0)) } })
    }

    /// Pages in the order in which they are consumed: all of a person's day together.
    init(pages: [(consent: ConsentTerms, line: IndexLine)]) {
        let ordered = pages.sorted {
            ($0.consent.hash, $0.line.day, $0.line.page) < ($1.consent.hash, $1.line.day, $1.line.page)
        }
        self.init(ordered.map { Wanted(consent: $0.consent, what: .page($0.line)) })
    }

    private init(_ wanted: [Wanted]) {
        var batches: [Batch] = []
        var batch: [Wanted] = []
        var consents: Set<Hash256> = []
        for item in wanted {
            let isNew = !consents.contains(item.consent.hash)
            if batch.count == ReleaseRequest.maximumIDs || isNew && consents.count == ReleaseRequest.maximumConsents {
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

    private static func batch(_ wanted: [Wanted]) -> Batch {
        let order = wanted.indices.sorted {
            (wanted[$0].consent.hash, wanted[$0].id) < (wanted[$1].consent.hash, wanted[$1].id)
        }
        var targets: [Target] = []
        var parts: [ReleaseRequest.Part] = []
        var consumed: [Int: Target] = [:]
        for (at, i) in order.enumerated() {
            let target = Target(at: UInt32(at), consent: wanted[i].consent, what: wanted[i].what)
            targets.append(target)
            consumed[i] = target
            if parts.last?.consent == target.consent.hash, let part = parts.popLast() {
                parts.append(.init(consent: part.consent, ids: part.ids + [wanted[i].id]))
            } else {
                parts.append(.init(consent: target.consent.hash, ids: [wanted[i].id]))
            }
        }
        return Batch(targets: targets, parts: parts, asks: asks(wanted.indices.compactMap { consumed[$0] }))
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
