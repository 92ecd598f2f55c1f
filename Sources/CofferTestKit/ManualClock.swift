package import Sealing
import Synchronization

/// A clock that moves only when a test moves it.
package final class ManualClock: Sendable {
    private let time: Mutex<Milliseconds>

    /// By default noon of 2026-11-24, UTC.
    package init(_ start: Milliseconds = 1_795_521_600_000) { self.time = Mutex(start) }

    package var now: Milliseconds { time.withLock { $0 } }

    /// The clock function for the code under test.
    package var read: @Sendable () -> Milliseconds { { self.now } }

    package func advance(by milliseconds: Milliseconds) { time.withLock { $0 += milliseconds } }

    package func set(_ moment: Milliseconds) { time.withLock { $0 = moment } }
}
