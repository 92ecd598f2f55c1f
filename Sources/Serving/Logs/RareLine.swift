import Logging
import Synchronization

/// A line of the log for what can happen many times a second: at most one line a minute, with the number since the last.
final class RareLine: Sendable {
    private struct Told {
        var last: ContinuousClock.Instant?
        var count = 0
    }

    private let event: ServerEvent
    private let logger: Logger
    private let told = Mutex(Told())

    init(_ event: ServerEvent, _ logger: Logger) {
        self.event = event
        self.logger = logger
    }

    func happened(at now: ContinuousClock.Instant) {
        let count = told.withLock { told -> Int? in
            told.count += 1
            if let last = told.last, now < last + .seconds(60) { return nil }
            defer { told = Told(last: now) }
            return told.count
        }
        if let count { logger.say(.warning, event, [.count: .number(count)]) }
    }
}
