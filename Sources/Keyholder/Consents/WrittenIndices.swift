package import Sealing

/// The linked indices that a laptop has written under one consent (PageIndex, "The link").
package struct WrittenIndices: Sendable, Equatable {
    package private(set) var count: UInt32 = 0
    package private(set) var last: IndexLink.Place?
    /// The Monday of the last week that is closed.
    package private(set) var closed: Day?

    package init() {}

    /// The link of the next index.
    func link(_ place: IndexLink.Place, device: UInt16, isClosed: Bool) throws(CofferError) -> IndexLink {
        do {
            return try IndexLink(r: place.r, device: device, count: count, previous: last, isClosed: isClosed)
        } catch { throw CofferError(.bug, "An index cannot be linked to the one before it.") }
    }

    /// Notes an index of this laptop that stands in the lake. It may be one from before a crash.
    mutating func note(_ link: IndexLink, monday: Day) {
        guard link.count >= count, link.count < UInt32.max else { return }
        count = link.count + 1
        last = IndexLink.Place(monday: monday, r: link.r)
    }

    /// Notes that a week is closed, by this laptop or another one.
    mutating func close(_ monday: Day) { closed = max(closed ?? 0, monday) }

    func isClosed(_ monday: Day) -> Bool { closed.map { monday <= $0 } ?? false }

    /// The record's last members; none before the first index.
    var members: [CanonicalJSON.Member] {
        var members: [CanonicalJSON.Member] = []
        if let last {
            members.append(
                .init(
                    "written",
                    .object([
                        .init("count", .integer(UInt64(count))), .init("monday", .integer(UInt64(last.monday))),
                        .init("r", .integer(UInt64(last.r))),
                    ])))
        }
        if let closed { members.append(.init("closed", .integer(UInt64(closed)))) }
        return members
    }

    init(_ members: inout CanonicalObject) throws(FormatError) {
        if members.nextName == "written" {
            (count, last) = try members.object("written") { object throws(FormatError) in
                let count = UInt32(try object.integer("count", atMost: UInt64(UInt32.max)))
                let monday = Day(try object.integer("monday", atMost: UInt64(Day.max)))
                return (count, .init(monday: monday, r: UInt32(try object.integer("r", atMost: UInt64(UInt32.max)))))
            }
        }
        if members.nextName == "closed" { closed = Day(try members.integer("closed", atMost: UInt64(Day.max - 7))) }
    }
}
