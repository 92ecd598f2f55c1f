import Synchronization

/// A counter, which only grows.
package final class Counter: Sendable {
    private let value = Atomic<UInt64>(0)

    package func add(_ count: UInt64 = 1) { value.add(count, ordering: .relaxed) }

    package var count: UInt64 { value.load(ordering: .relaxed) }
}

/// A histogram: the number of values at or below each bound, and their sum.
package final class Histogram: Sendable {
    /// Bounds for the duration of a request or a cosignature: from a millisecond to a minute, in seconds.
    package static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    /// Bounds for the entries of one batch, at most 256.
    package static let batch: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256]

    package struct Reading: Hashable, Sendable {
        /// For each bound, the number of values at or below it.
        package var atMost: [UInt64]
        package var count: UInt64 = 0
        package var sum = 0.0
    }

    package let bounds: [Double]
    private let state: Mutex<Reading>

    package init(bounds: [Double]) {
        self.bounds = bounds
        self.state = Mutex(Reading(atMost: Array(repeating: 0, count: bounds.count)))
    }

    package func observe(_ value: Double) {
        state.withLock { state in
            state.count += 1
            state.sum += value
            for i in bounds.indices where value <= bounds[i] { state.atMost[i] += 1 }
        }
    }

    package func observe(_ duration: Duration) { observe(duration / .seconds(1)) }

    package var reading: Reading { state.withLock { $0 } }
}
