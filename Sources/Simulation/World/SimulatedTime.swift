import Sealing
import Synchronization

/// The true time, which only the scheduler changes, and the clock of each machine, which can differ from it.
final class SimulatedTime: Sendable {
    private struct Times {
        var time: Milliseconds
        var skews: [String: Int64] = [:]
    }

    private let times: Mutex<Times>

    init(_ start: Milliseconds) { times = Mutex(Times(time: start)) }

    var now: Milliseconds { times.withLock { $0.time } }
    func advance(by milliseconds: Milliseconds) { times.withLock { $0.time += milliseconds } }

    /// What this machine's clock shows.
    func now(of machine: String) -> Milliseconds {
        times.withLock { Milliseconds(clamping: Int64(clamping: $0.time.rawValue) + ($0.skews[machine] ?? 0)) }
    }

    func skew(_ machine: String, by milliseconds: Int64) { times.withLock { $0.skews[machine] = milliseconds } }

    func clock(of machine: String) -> @Sendable () -> Milliseconds { { self.now(of: machine) } }
}
