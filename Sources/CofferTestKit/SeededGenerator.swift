internal import FoundationEssentials

/// A random generator with a seed (SplitMix64). Property tests draw from it, and print the seed when they fail.
///
/// The seed is `COFFER_TEST_SEED` or random; `description` prints it in the test's output.
package struct SeededGenerator: RandomNumberGenerator, CustomStringConvertible {
    package let seed: UInt64
    private var state: UInt64

    package init(seed: UInt64? = nil) {
        let given = ProcessInfo.processInfo.environment["COFFER_TEST_SEED"].flatMap { UInt64($0) }
        self.seed = seed ?? given ?? UInt64.random(in: 0...UInt64.max)
        self.state = self.seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    package var description: String { "COFFER_TEST_SEED=\(seed)" }
}
