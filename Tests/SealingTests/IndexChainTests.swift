import Sealing
import Testing

/// What a reader may believe about the weeks of a consent, and what it must miss.
@Suite("Chains of indices")
struct IndexChainTests {
    private static let first = Day(20_781).monday
    private static func week(_ number: Day) -> Day { first + 7 * number }

    /// The r-th index of a week, by a device.
    private struct Written {
        let week: Day
        let r: UInt32
        var device: UInt16 = 0
        var count: UInt32 = 0
        var after: (week: Day, r: UInt32)?
        var closed = true
    }

    /// Three weeks of one device: one closed with its pages, one with a late index, one open.
    private static let all = [
        Written(week: 0, r: 0), Written(week: 1, r: 0, count: 1, after: (0, 0)),
        Written(week: 1, r: 1, count: 2, after: (1, 0)), Written(week: 2, r: 0, count: 3, after: (1, 1), closed: false),
    ]

    private func chain(
        _ written: [Written], from: Day = first, until: Day = week(9), weeks: [Day] = (0..<4).map(week),
        gaps: Set<Day> = [], consented: Day = week(1)
    ) throws -> IndexChain {
        let scope = try Scope(kinds: [.keys], apps: [AppName("code")], from: from, until: until)
        var found: [Day: WeekIndices] = [:]
        for (monday, all) in Dictionary(grouping: written, by: { Self.week($0.week) }) {
            // As a reader finds them: up to the first that is missing.
            let sorted = all.sorted { $0.r < $1.r }
            let read = try sorted.enumerated().prefix { $0.offset == Int($0.element.r) }.map { _, index in
                try PageIndex(
                    monday: monday, scope: scope, salt: .zero, lines: [],
                    link: IndexLink(
                        r: index.r, device: index.device, count: index.count,
                        previous: index.after.map { .init(monday: Self.week($0.week), r: $0.r) }, isClosed: index.closed
                    ))
            }
            found[monday] = WeekIndices(read, end: .zero, hasGap: gaps.contains(monday))
        }
        return IndexChain(found, weeks: weeks, consented: consented)
    }

    @Test("Whole chains lack nothing; what nobody closed is open")
    func whole() throws {
        let chain = try chain(Self.all)
        #expect(chain.lacking.isEmpty)
        #expect(chain.closed == [Self.week(0), Self.week(1)])
        #expect(chain.open == [Self.week(2), Self.week(3)])
    }

    @Test("An index that is lost before the last is missed, in its week", arguments: 0..<3)
    func lost(_ number: Int) throws {
        var left = Self.all
        let lost = left.remove(at: number)
        #expect(try chain(left).lacking == [Self.week(lost.week)])
    }

    @Test("The last index is not missed, but then its week is open")
    func tail() throws {
        #expect(try chain(Array(Self.all.dropLast())).lacking.isEmpty)
        let short = try chain(Array(Self.all.prefix(2)))
        #expect(short.lacking.isEmpty && short.closed == [Self.week(0), Self.week(1)])
        let shorter = try chain(Array(Self.all.prefix(1)))
        #expect(shorter.lacking.isEmpty && shorter.open == (1..<4).map(Self.week))
        #expect(try chain([]).open == (0..<4).map(Self.week))
    }

    @Test("A week without its closing index before a later closed one is missed")
    func unclosed() throws {
        let others = [Written(week: 0, r: 0), Written(week: 2, r: 0, count: 1, after: (0, 0))]
        #expect(try chain(others).lacking == [Self.week(1)])
        let open = [Written(week: 0, r: 0, closed: false), Written(week: 1, r: 0, count: 1, after: (0, 0))]
        #expect(try chain(open).lacking == [Self.week(0)])
    }

    @Test("Another device's index is missed as one's own is")
    func devices() throws {
        let second = [
            Written(week: 1, r: 2, device: 1, after: nil), Written(week: 2, r: 1, device: 1, count: 1, after: (1, 2)),
        ]
        #expect(try chain(Self.all + second).lacking.isEmpty)
        #expect(try chain(Self.all + second.dropFirst()).lacking == [Self.week(1)])
    }

    @Test("What a reader may not look for is not missed")
    func bounds() throws {
        // A grant of the last two weeks.
        let late = try chain(Array(Self.all.dropFirst(3)), weeks: [Self.week(2), Self.week(3)])
        #expect(late.lacking.isEmpty && late.closed.isEmpty)
        // Weeks before the scope, and after it.
        let scope = try chain(
            [Written(week: 1, r: 0), Written(week: 2, r: 0, count: 1, after: (1, 0))], from: Self.week(1) + 2,
            until: Self.week(2) + 1)
        #expect(scope.lacking.isEmpty && scope.closed == [Self.week(1), Self.week(2)] && scope.open.isEmpty)
        // A scope of all time counts ten years back.
        let all = try chain([Written(week: 1, r: 0)], from: 0, weeks: [4, Self.week(1)], consented: Self.week(1))
        #expect(all.lacking.isEmpty && all.closed == [Self.week(1)])
    }

    @Test("An index behind a missing one tells of it at once")
    func gap() throws {
        #expect(try chain([Written(week: 1, r: 0)], gaps: [Self.week(1)]).lacking.contains(Self.week(1)))
        #expect(try chain([Written(week: 1, r: 1)], gaps: [Self.week(1)]).lacking == [Self.week(1)])
    }
}
