import Synchronization

/// How often and after how long a request is tried again: with full jitter, so that clients which failed together do
/// not come back together, and from one budget, so that a store in trouble gets few requests more.
package final class RetryBudget: Sendable {
    /// How often one request is sent at most.
    private static let attempts = 5
    private static let base = Duration.milliseconds(100)
    private static let longest = Duration.seconds(5)
    /// After so long a request is not sent again.
    private static let patience = Duration.seconds(60)
    /// A retry takes five parts out of a hundred, and an answer puts one back.
    private static let whole = 100
    private static let cost = 5

    private let left = Mutex(whole)
    private let sleep: @Sendable (Duration) async throws -> Void

    package init(sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }) {
        self.sleep = sleep
    }

    func refill() { left.withLock { $0 = min($0 + 1, Self.whole) } }

    /// Waits before the next attempt; false if nothing is tried again.
    func waits(after attempt: Int, since start: ContinuousClock.Instant) async -> Bool {
        guard attempt < Self.attempts, ContinuousClock.now - start < Self.patience,
            left.withLock({ left in
                guard left >= Self.cost else { return false }
                left -= Self.cost
                return true
            })
        else { return false }
        let most = min(Self.base * (1 << attempt), Self.longest)
        do { try await sleep(most * Double.random(in: 0...1)) } catch { return false }
        return true
    }
}
