/// What the linked indices of one consent say about its weeks: which are closed, which are open, and where the lake has
/// lost an index (PageIndex, "Closed weeks").
package struct IndexChain: Hashable, Sendable {
    /// The weeks that lack an index, ascending.
    package let lacking: [Day]
    /// The weeks up to the last closed one, ascending.
    package let closed: [Day]
    /// The weeks after it, ascending: pages of these may still come, and none of them is missed if the lake loses it.
    package let open: [Day]

    /// How many weeks before its consent a scope counts back to: ten years.
    package static let longestPast: Day = 520 * 7

    /// `found` has the indices of the weeks that have any, by their Mondays; `weeks` are all weeks that were looked
    /// for.
    package init(_ found: [Day: WeekIndices], weeks: some Sequence<Day>, consented: Day) {
        let weeks = Set(weeks)
        var lacking = Set(found.filter(\.value.hasGap).keys)
        guard let scope = found.values.lazy.compactMap(\.indices.first).first?.scope else {
            self.init(lacking: lacking.sorted(), closed: [], open: weeks.sorted())
            return
        }
        let own = weeks.filter { Self.first(of: scope, consented: consented) <= $0 && $0 <= scope.until }.sorted()
        let last = own.last { monday in Self.isClosed(found[monday]) }
        let closed = own.filter { monday in last.map { monday <= $0 } ?? false }
        lacking.formUnion(closed.filter { !Self.isClosed(found[$0]) })
        for index in found.values.flatMap(\.indices) {
            guard let before = index.link?.previous, weeks.contains(before.monday) else { continue }
            if before.r >= found[before.monday]?.indices.count ?? 0 { lacking.insert(before.monday) }
        }
        self.init(lacking: lacking.sorted(), closed: closed, open: Array(own.dropFirst(closed.count)))
    }

    private init(lacking: [Day], closed: [Day], open: [Day]) {
        self.lacking = lacking
        self.closed = closed
        self.open = open
    }

    /// The Monday of the first week that is closed under a consent.
    package static func first(of scope: Scope, consented: Day) -> Day {
        let earliest = consented.monday
        return max(scope.from.monday, earliest - min(earliest, longestPast))
    }

    private static func isClosed(_ week: WeekIndices?) -> Bool {
        week?.indices.contains { $0.link?.isClosed == true } ?? false
    }
}
