import Synchronization

/// A clock whose time moves only when a test says so. Who sleeps is woken then, and by nothing else.
final class SteppedClock: Clock {
    struct Instant: InstantProtocol {
        fileprivate var sinceStart: Duration = .zero

        func advanced(by duration: Duration) -> Instant { Instant(sinceStart: sinceStart + duration) }
        func duration(to other: Instant) -> Duration { other.sinceStart - sinceStart }
        static func < (one: Instant, other: Instant) -> Bool { one.sinceStart < other.sinceStart }
    }

    private struct Time {
        var now = Instant()
        var sleepers: [(until: Instant, wake: CheckedContinuation<Void, Never>)] = []
    }

    private let time = Mutex(Time())

    var now: Instant { time.withLock { $0.now } }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async {
        await withCheckedContinuation { wake in
            let isOver = time.withLock { time in
                if deadline > time.now { time.sleepers.append((deadline, wake)) }
                return deadline <= time.now
            }
            if isOver { wake.resume() }
        }
    }

    func advance(by duration: Duration) {
        let woken = time.withLock { time in
            time.now = time.now.advanced(by: duration)
            let woken = time.sleepers.filter { $0.until <= time.now }
            time.sleepers.removeAll { $0.until <= time.now }
            return woken
        }
        for sleeper in woken { sleeper.wake.resume() }
    }
}
