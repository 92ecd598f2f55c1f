import CofferTestKit
import Sealing

/// Draws every decision of a run from the seed.
extension SeededGenerator {
    /// True once in `n` calls on average.
    mutating func oneIn(_ n: Int) -> Bool { n > 0 && next() % UInt64(n) == 0 }

    /// True with this probability, in percent.
    mutating func happens(_ percent: Int) -> Bool { next() % 100 < UInt64(max(0, percent)) }

    mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }

    mutating func pick<Element>(_ items: [Element]) -> Element? { items.isEmpty ? nil : items[below(items.count)] }

    /// One of these values, chosen by weight.
    mutating func weighted<Element>(_ items: [(Int, Element)]) -> Element? {
        let total = items.reduce(0) { $0 + max(0, $1.0) }
        var rest = below(total)
        guard total > 0 else { return nil }
        for (weight, item) in items where weight > 0 {
            if rest < weight { return item }
            rest -= weight
        }
        return nil
    }
}
