package import Rules
package import Sealing

/// One page of a release, with the job's claim about it.
///
/// A false kind, app or day gives a useless key, since brokers compute x from the claim.
package struct AskPosition: Hashable, Sendable {
    /// Its index among the release's ids: consents ascending, and ids ascending within each consent.
    package let at: UInt32
    package let claim: PageClaim

    package init(at: UInt32, claim: PageClaim) {
        self.at = at
        self.claim = claim
    }

    package init(at: UInt32, kind: String, app: String, day: Day) {
        self.init(at: at, claim: PageClaim(kind: kind, app: app, day: day))
    }
}

/// Positions as an ask lists them: `[{"kind","app","day","at":[…]}]`, each claim once, with its positions.
///
/// Positions ascend within a claim, claims ascend by their first positions, and no position repeats. So each list has
/// one form.
enum ListedPositions {
    static func json(_ positions: [AskPosition]) -> CanonicalJSON {
        var order: [PageClaim] = []
        var places: [PageClaim: [CanonicalJSON]] = [:]
        for position in positions {
            if places[position.claim] == nil { order.append(position.claim) }
            places[position.claim, default: []].append(.integer(UInt64(position.at)))
        }
        return .array(
            order.map { claim in
                .object([
                    .init("kind", .string(claim.kind)), .init("app", .string(claim.app)),
                    .init("day", .integer(UInt64(claim.day))), .init("at", .array(places[claim] ?? [])),
                ])
            })
    }

    /// Reads one to `Ask.maximumPositions` positions, in ascending order.
    static func read(_ name: String, in object: inout CanonicalObject) throws(FormatError) -> [AskPosition] {
        var positions: [AskPosition] = []
        let firsts = try object.objects(name, atMost: Ask.maximumPositions) { listed throws(FormatError) in
            let claim = PageClaim(
                kind: try listed.string("kind", atMost: 16), app: try listed.string("app", atMost: 64),
                day: Day(try listed.integer("day", atMost: UInt64(Day.max))))
            let places = try listed.integers(
                "at", atMost: Ask.maximumPositions - positions.count, each: UInt64(UInt32.max))
            guard let first = places.first else { throw .outOfBounds }
            guard isAscending(places) else { throw .notCanonical }
            for place in places { positions.append(AskPosition(at: UInt32(place), claim: claim)) }
            return (claim: claim, at: first)
        }
        guard !positions.isEmpty else { throw .outOfBounds }
        guard isAscending(firsts.map(\.at)), Set(firsts.map(\.claim)).count == firsts.count else { throw .notCanonical }
        if firsts.count > 1 { positions.sort { $0.at < $1.at } }
        guard isAscending(positions.map(\.at)) else { throw .notCanonical }
        return positions
    }

    private static func isAscending(_ numbers: [some Comparable]) -> Bool {
        zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
    }
}
