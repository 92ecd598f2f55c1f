/// A broker group's name, threshold and size (Design, "Groups").
///
/// For each set A of t−1 brokers there is a sub-key held by every broker not in A: any t hold all, any t−1 lack one.
package struct GroupShape: Hashable, Sendable {
    /// Brokers in one group.
    package static let maximumCount = 7
    /// Brokers in all groups together.
    package static let maximumTotal = 14

    package let name: String
    /// t.
    package let threshold: Int
    /// n.
    package let count: Int

    /// n/2 < t ≤ n ≤ 7.
    package init(name: String, threshold: Int, count: Int) throws(FormatError) {
        guard (1...Self.maximumCount).contains(count), threshold <= count, threshold * 2 > count else {
            throw .outOfBounds
        }
        guard (1...255).contains(name.utf8.count) else { throw .outOfBounds }
        self.name = name
        self.threshold = threshold
        self.count = count
    }

    /// mask(A) of every set A of t−1 brokers, ascending; bit i is the i-th broker of the group.
    package var masks: [UInt16] { (0..<UInt16(1) << UInt16(count)).filter { $0.nonzeroBitCount == threshold - 1 } }

    /// The masks whose sub-keys this broker holds: those of the sets that it is not in.
    package func masks(heldBy broker: Int) -> [UInt16] { masks.filter { $0 >> UInt16(broker) & 1 == 0 } }
}
