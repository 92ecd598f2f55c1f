/// What the drill found.
package struct DrillReport: Sendable {
    package let files: Int
    package let bytes: Int
    /// How many zstd frames and pictures were unpacked and searched.
    package let unpacked: Int
    package let canaries: Int
    package let forms: Int
    package let hits: [CanarySearch.Hit]
    /// The control: how many planted files with a canary in clear the same search found.
    package let control: Int
    package let controlExpected: Int
    /// With nothing withheld.
    package let all: Attempt
    package let attempts: [Attempt]
    /// The stated limit: with a threshold's storage keys in every group.
    package let limit: Attempt

    /// Whether nothing was found and nothing opened, and the controls worked.
    package var isPassed: Bool {
        hits.isEmpty && control == controlExpected && control > 0 && all.samples > 0
            && attempts.allSatisfy { $0.opened == 0 && $0.samples == 0 } && limit.opened > 0
    }
}
