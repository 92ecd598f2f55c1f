/// Which brokers one ask goes to, and when it has enough answers.
///
/// At first as many are asked as are needed. When one fails or is late, the next one of its group is asked, too; what
/// comes first counts. A late broker is not waited for once a threshold has answered.
struct AskRace {
    struct Seat: Hashable {
        let group: Int
        let broker: Int
    }

    private struct Group {
        /// Not asked yet, the first one next.
        var left: ArraySlice<Int>
        var underWay: Set<Int> = []
        var answered: Int
        let wanted: Int
        let threshold: Int
    }

    private var groups: [Group]
    private var late: Set<Seat>

    /// The brokers of each group in the order in which they are asked, how many have answered, how many are wanted, and
    /// how many are enough. `late` are known to be.
    init(_ groups: [(order: [Int], answered: Int, wanted: Int, threshold: Int)], late: Set<Seat> = []) {
        self.groups = groups.map {
            Group(left: $0.order[...], answered: $0.answered, wanted: $0.wanted, threshold: $0.threshold)
        }
        self.late = late
    }

    /// The brokers to ask now.
    mutating func next() -> [Seat] {
        var seats: [Seat] = []
        for number in groups.indices {
            let hoped = groups[number].underWay.count { !late.contains(Seat(group: number, broker: $0)) }
            var missing = groups[number].wanted - groups[number].answered - hoped
            while missing > 0, let broker = groups[number].left.popFirst() {
                let seat = Seat(group: number, broker: broker)
                groups[number].underWay.insert(broker)
                seats.append(seat)
                if !late.contains(seat) { missing -= 1 }
            }
        }
        return seats
    }

    mutating func take(_ seat: Seat, isAnswer: Bool) {
        groups[seat.group].underWay.remove(seat.broker)
        if isAnswer { groups[seat.group].answered += 1 }
    }

    /// Those of these brokers that have not answered are late. Returns them.
    mutating func miss(_ seats: [Seat]) -> [Seat] {
        let missed = seats.filter { groups[$0.group].underWay.contains($0.broker) }
        late.formUnion(missed)
        return missed
    }

    /// Whether nothing more is waited for.
    var isOver: Bool {
        groups.indices.allSatisfy { number in
            let group = groups[number]
            if group.answered >= group.wanted { return true }
            guard group.left.isEmpty else { return false }
            if group.underWay.isEmpty { return true }
            return group.answered >= group.threshold
                && group.underWay.allSatisfy { late.contains(Seat(group: number, broker: $0)) }
        }
    }
}

/// Ends when a broker is late. Ends early when its task is cancelled.
package typealias Pause = @Sendable () async -> Void

/// A second: most answers take a few milliseconds.
package let usualPause: Pause = { try? await Task.sleep(for: .seconds(1)) }
