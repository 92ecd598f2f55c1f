/// What the drill found.
package struct DrillReport: Sendable {
    package let files: Int
    package let bytes: Int
    /// Zstd frames and pictures that were unpacked and searched.
    package let unpacked: Int
    package let canaries: Int
    package let forms: Int
    package let hits: [CanarySearch.Hit]
    /// Files with a canary in clear that the same search found, of those that were planted.
    package let control: Int
    package let controlExpected: Int
    /// With nothing withheld.
    package let all: Attempt
    package let attempts: [Attempt]
    /// A threshold's storage keys in every group: the stated limit.
    package let limit: Attempt

    /// Nothing was found and nothing opened, and both would have shown.
    package var isPassed: Bool {
        hits.isEmpty && control == controlExpected && control > 0 && all.samples > 0
            && attempts.allSatisfy { $0.opened == 0 && $0.samples == 0 } && limit.opened > 0
    }
}
