/// A week's indices as a reader finds them: r = 0, 1, 2 … up to the first that is missing.
package struct WeekIndices: Hashable, Sendable {
    package let indices: [PageIndex]
    /// The name of the first object that is missing.
    package let end: Hash256
    /// Whether one stands after it, so that the lake has lost the missing one.
    package let hasGap: Bool

    package init(_ indices: [PageIndex], end: Hash256, hasGap: Bool) {
        self.indices = indices
        self.end = end
        self.hasGap = hasGap
    }
}
