package import Sealing
import Vault

/// Which segments make which pages now: those inside the scope, after the review window, and outside every halt
/// (Design, "When a page is made").
package struct PagePlan: Sendable {
    /// When the programme was halted; `until` is nil while it still is.
    package struct Halted: Sendable, Hashable {
        package let from: Milliseconds
        package let until: Milliseconds?

        package init(from: Milliseconds, until: Milliseconds?) {
            self.from = from
            self.until = until
        }

        func overlaps(_ segment: IndexedSegment) -> Bool {
            segment.until >= from && segment.from <= (until ?? .max)
        }
    }

    /// One day of one app of one kind.
    struct PlannedPage: Sendable, Equatable {
        let kind: Kind
        let app: AppName
        let day: Day
        let segments: [IndexedSegment]
    }

    private struct Unit: Hashable {
        let kind: Kind
        let app: AppName
        let day: Day
    }

    let scope: Scope
    let window: Milliseconds
    let certified: Certificates
    let withheld: Set<Hash256>
    let halted: [Halted]

    /// When a segment may be offered: one review window after the later of its day's end and its arrival.
    static func due(_ segment: IndexedSegment, window: Milliseconds) -> Milliseconds {
        max(segment.day.start + millisecondsPerDay, segment.arrived) + window
    }

    func allows(_ segment: IndexedSegment, now: Milliseconds) -> Bool {
        scope.allows(segment.kind, segment.app, segment.day) && certified.certifies(segment.device)
            && !withheld.contains(segment.id) && Self.due(segment, window: window) <= now
            && !halted.contains { $0.overlaps(segment) }
    }

    /// Pages of all segments that may be offered and are not offered yet.
    func pages(of segments: some Sequence<IndexedSegment>, offered: Set<Hash256>, now: Milliseconds) -> [PlannedPage] {
        let due = segments.filter { !offered.contains($0.id) && allows($0, now: now) }
        let units = Dictionary(grouping: due) { Unit(kind: $0.kind, app: $0.app, day: $0.day) }
        return units.sorted { ($0.key.day, $0.key.kind, $0.key.app) < ($1.key.day, $1.key.kind, $1.key.app) }
            .flatMap { unit, segments in
                // The bodies of a page are distinct.
                var seen: Set<Hash256> = []
                let distinct = segments.sorted { ($0.from, $0.bodyHash) < ($1.from, $1.bodyHash) }
                    .filter { seen.insert($0.bodyHash).inserted }
                return stride(from: 0, to: distinct.count, by: Page.maximumItems).map { start in
                    PlannedPage(
                        kind: unit.kind, app: unit.app, day: unit.day,
                        segments: Array(distinct[start..<min(start + Page.maximumItems, distinct.count)]))
                }
            }
    }
}
