import Sealing
import Synchronization

/// The true time, which only the scheduler changes, and the clock of each machine, which can differ from it.
final class SimulatedTime: Sendable {
    private struct Times {
        var time: Milliseconds
        var skews: [String: Int64] = [:]
        var wereAhead: Set<String> = []
    }

    private let times: Mutex<Times>

    init(_ start: Milliseconds) { times = Mutex(Times(time: start)) }

    var now: Milliseconds { times.withLock { $0.time } }
    func advance(by milliseconds: Milliseconds) { times.withLock { $0.time += milliseconds } }

    /// What this machine's clock shows.
    func now(of machine: String) -> Milliseconds {
        times.withLock { Milliseconds(clamping: Int64(clamping: $0.time.rawValue) + ($0.skews[machine] ?? 0)) }
    }

    /// Sets a machine's clock off by this much.
    func skew(_ machine: String, by milliseconds: Int64) {
        times.withLock {
            $0.skews[machine] = milliseconds
            if milliseconds > 0 { $0.wereAhead.insert(machine) }
        }
    }

    /// The machines whose clocks have ever been ahead of the true time.
    var wereAhead: Set<String> { times.withLock(\.wereAhead) }

    func clock(of machine: String) -> @Sendable () -> Milliseconds { { self.now(of: machine) } }
}
