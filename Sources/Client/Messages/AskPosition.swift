package import Sealing

/// One page of a release, and what the job says it is: `{"at","kind","app","day"}`.
///
/// A lie about kind, app or day yields a useless key, since brokers compute x from it.
package struct AskPosition: Hashable, Sendable {
    /// Its place in the release's ids: consents ascending, ids ascending within each.
    package let at: UInt32
    /// A kind, or `index`.
    package let kind: String
    /// Empty for an index.
    package let app: String
    package let day: Day

    package init(at: UInt32, kind: String, app: String, day: Day) {
        self.at = at
        self.kind = kind
        self.app = app
        self.day = day
    }

    var json: CanonicalJSON {
        .object([
            .init("at", .integer(UInt64(at))), .init("kind", .string(kind)), .init("app", .string(app)),
            .init("day", .integer(UInt64(day))),
        ])
    }

    init(reading object: inout CanonicalObject) throws(FormatError) {
        self.at = UInt32(try object.integer("at", atMost: UInt64(UInt32.max)))
        self.kind = try object.string("kind", atMost: 16)
        self.app = try object.string("app", atMost: 64)
        self.day = Day(try object.integer("day", atMost: UInt64(Day.max)))
    }

    /// One to `Ask.maximumPositions` of them, in ascending order.
    static func list(_ name: String, in object: inout CanonicalObject) throws(FormatError) -> [AskPosition] {
        let positions = try object.objects(name, atMost: Ask.maximumPositions) { position throws(FormatError) in
            try AskPosition(reading: &position)
        }
        guard !positions.isEmpty else { throw .outOfBounds }
        guard zip(positions, positions.dropFirst()).allSatisfy({ $0.at < $1.at }) else { throw .notCanonical }
        return positions
    }
}
