import Sealing

/// The answers of one roster's brokers to one ask, and every key that can be made from them.
struct Partials: Sendable {
    let groups: [GroupShape]
    /// For each group, by the broker's number: for each position, for each of its masks ascending, 32 bytes.
    private(set) var answers: [[Int: [[Bytes]]]]

    init(groups: [GroupShape]) {
        self.groups = groups
        self.answers = groups.map { _ in [:] }
    }

    mutating func add(_ partials: [[Bytes]], group: Int, broker: Int) { answers[group][broker] = partials }

    /// Puts a broker's answer for one position in place of its last. It may have given none for the others.
    mutating func replace(_ position: Int, by partials: [Bytes], group: Int, broker: Int) {
        let others = answers[group][broker] ?? []
        var all = others + Array(repeating: [], count: max(0, position + 1 - others.count))
        all[position] = partials
        answers[group][broker] = all
    }

    /// How many brokers of a group have answered for a position.
    func count(at position: Int, group: Int) -> Int {
        answers[group].values.count { $0.indices.contains(position) && !$0[position].isEmpty }
    }

    /// What a broker answered for a position; nil if nothing.
    private func answer(_ position: Int, group: Int, broker: Int) -> [Bytes]? {
        guard let all = answers[group][broker], all.indices.contains(position), !all[position].isEmpty else {
            return nil
        }
        return all[position]
    }

    /// Every choice of t brokers of each group that agree with one another: for each group the partials of all its
    /// masks, ascending. If t brokers of each group are honest, the right choice is among them.
    func choices(position: Int) -> [[[Bytes]]] {
        var all: [[[Bytes]]] = [[]]
        for group in groups.indices {
            let own = self.choices(group: group, position: position)
            all = all.flatMap { before in own.map { before + [$0] } }
        }
        return all
    }

    private func choices(group: Int, position: Int) -> [[Bytes]] {
        let shape = groups[group]
        let brokers = answers[group].keys.sorted()
        var found: [[Bytes]] = []
        for subset in Self.subsets(of: brokers, count: shape.threshold) {
            if let partials = agreed(group: group, brokers: subset, position: position), !found.contains(partials) {
                found.append(partials)
            }
        }
        return found
    }

    /// One partial for each mask; nil if these brokers contradict one another or leave a mask out.
    private func agreed(group: Int, brokers: [Int], position: Int) -> [Bytes]? {
        var byMask: [UInt16: Bytes] = [:]
        for broker in brokers {
            guard let partials = answer(position, group: group, broker: broker) else { return nil }
            for (mask, partial) in zip(groups[group].masks(heldBy: broker), partials) {
                if let other = byMask[mask], other != partial { return nil }
                byMask[mask] = partial
            }
        }
        let all = groups[group].masks.compactMap { byMask[$0] }
        return all.count == groups[group].masks.count ? all : nil
    }

    /// Whether two brokers of a group gave different partials for one sub-key, so that one of them lies.
    func disagree(position: Int) -> Bool {
        groups.indices.contains { group in
            let brokers = answers[group].keys.sorted().filter { answer(position, group: group, broker: $0) != nil }
            return agreed(group: group, brokers: brokers, position: position) == nil
        }
    }

    /// The brokers whose partials differ from those that opened the page, by group and number.
    func liars(position: Int, truth: [[Bytes]]) -> [(group: Int, broker: Int)] {
        var liars: [(Int, Int)] = []
        for group in groups.indices {
            let right = Dictionary(uniqueKeysWithValues: zip(groups[group].masks, truth[group]))
            for broker in answers[group].keys.sorted() {
                let masks = groups[group].masks(heldBy: broker)
                let partials = answer(position, group: group, broker: broker) ?? []
                if zip(masks, partials).contains(where: { right[$0] != $1 }) { liars.append((group, broker)) }
            }
        }
        return liars
    }

    /// The subsets of this size, in lexicographic order.
    static func subsets(of items: [Int], count: Int) -> [[Int]] {
        if count == 0 { return [[]] }
        guard let first = items.first, items.count >= count else { return [] }
        let rest = Array(items.dropFirst())
        return subsets(of: rest, count: count - 1).map { [first] + $0 } + subsets(of: rest, count: count)
    }
}
