import Sealing

/// The segments of one kind and app in order, each opened when it is needed.
struct RecordStream: Sendable {
    private let bodies: BodiesAhead
    /// Sorted by their beginnings, the next one last.
    private var left: [(item: PageItem, page: OpenedPage)]
    private var open: OpenedBody?
    /// The number of the next record in the body that is open.
    private var index = 0
    private let rank: Int

    init(_ items: [(item: PageItem, page: OpenedPage)], kind: Kind, bodies: BodiesAhead) {
        self.bodies = bodies
        self.left = items.sorted { PageEntry.precedes($1.item.entry, $0.item.entry) }
        self.rank = Self.ranks[kind] ?? 0
    }

    /// At equal times titles come before actions, and actions before the frame that shows their result.
    private static let ranks: [Kind: Int] = [.window: 0, .pointer: 1, .keys: 1, .prompt: 2, .terminal: 3, .screen: 4]

    /// The time of the next record and its rank among records of the same time; nil at the end.
    var next: (time: Milliseconds, rank: Int)? {
        if let open, index < open.records.count { return (open.records[index].time, rank) }
        return left.last.map { ($0.item.entry.from, rank) }
    }

    /// Splits segments of one kind and app into runs that do not overlap in time. Recordings that were imported may lie
    /// beside each other, and beside what was captured.
    static func runs(_ items: [(item: PageItem, page: OpenedPage)]) -> [[(item: PageItem, page: OpenedPage)]] {
        var runs: [[(item: PageItem, page: OpenedPage)]] = []
        for next in items.sorted(by: { PageEntry.precedes($0.item.entry, $1.item.entry) }) {
            let free = runs.firstIndex { ($0.last?.item.entry.until ?? 0) <= next.item.entry.from }
            if let free { runs[free].append(next) } else { runs.append([next]) }
        }
        return runs
    }

    mutating func pop() async throws(CofferError) -> TimedRecord? {
        while true {
            if let open, index < open.records.count {
                defer { index += 1 }
                return TimedRecord(record: open.records[index], source: open.source, index: index)
            }
            // What was used goes before the next is waited for.
            open = nil
            guard let (item, page) = left.popLast() else { return nil }
            open = try await bodies.body(item, of: page)
            index = 0
        }
    }
}

/// Merges several tracks in the order of time.
struct RecordMerge: Sendable {
    private var tracks: [RecordStream]

    init(_ tracks: [RecordStream]) { self.tracks = tracks }

    mutating func pop() async throws(CofferError) -> TimedRecord? {
        var first: (index: Int, time: Milliseconds, rank: Int)?
        for (i, track) in tracks.enumerated() {
            guard let next = track.next else { continue }
            if let first, (first.time, first.rank) <= (next.time, next.rank) { continue }
            first = (i, next.time, next.rank)
        }
        guard let first else { return nil }
        return try await tracks[first.index].pop()
    }
}
