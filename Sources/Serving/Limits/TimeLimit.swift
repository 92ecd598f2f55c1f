import Synchronization

/// Waits for work, at most for a time limit.
///
/// One timer serves all waits, because a wait that starts later also ends later. A timer for each wait, which nearly
/// never fires, took 5 % of a broker's processor time.
final class TimeLimit<Time: Clock>: Sendable where Time.Duration == Duration {
    private struct Waits {
        var open: [UInt64: (until: Time.Instant, end: @Sendable () -> Void)] = [:]
        var count: UInt64 = 0
        var isTimed = false
    }

    private let limit: Duration
    private let clock: Time
    private let waits = Mutex(Waits())

    init(_ limit: Duration, clock: Time = ContinuousClock()) {
        self.limit = limit
        self.clock = clock
    }

    /// The result of the work; nil if it took too long. Then the work is cancelled, and its end is not awaited.
    func first<R: Sendable>(_ work: @escaping @Sendable () async throws -> R) async throws -> R? {
        let finish = Finish<R>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                finish.wait(continuation)
                let wait = begin { finish.end(.success(nil)) }
                let task = Task {
                    finish.end(await Result { try await work() })
                    forget(wait)
                }
                finish.started(task)
            }
        } onCancel: {
            finish.end(.failure(CancellationError()))
        }
    }

    private func begin(_ end: @escaping @Sendable () -> Void) -> UInt64 {
        let (wait, isTimed) = waits.withLock { waits in
            defer { waits.isTimed = true }
            waits.count += 1
            waits.open[waits.count] = (clock.now.advanced(by: limit), end)
            return (waits.count, waits.isTimed)
        }
        if !isTimed {
            Task.detached {
                while let next = self.endOverdue() { try? await self.clock.sleep(until: next, tolerance: nil) }
            }
        }
        return wait
    }

    private func forget(_ wait: UInt64) { waits.withLock { $0.open[wait] = nil } }

    /// Ends the overdue waits. Returns when the next wait is due; nil if there is no wait, which stops the timer.
    private func endOverdue() -> Time.Instant? {
        let (overdue, next) = waits.withLock { waits in
            let now = clock.now
            let overdue = waits.open.filter { $0.value.until <= now }
            for wait in overdue.keys { waits.open[wait] = nil }
            let next = waits.open.values.map(\.until).min()
            waits.isTimed = next != nil
            return (overdue.values, next)
        }
        for wait in overdue { wait.end() }
        return next
    }

    /// Delivers the first result and cancels the work.
    private final class Finish<R: Sendable>: Sendable {
        private struct Pending {
            var continuation: CheckedContinuation<R?, any Error>?
            var work: Task<Void, Never>?
            var ended: Result<R?, any Error>?
        }

        private let state = Mutex(Pending())

        func wait(_ continuation: CheckedContinuation<R?, any Error>) {
            let ended = state.withLock { state in
                if state.ended == nil { state.continuation = continuation }
                return state.ended
            }
            if let ended { continuation.resume(with: ended) }
        }

        func started(_ work: Task<Void, Never>) {
            let isOver = state.withLock { state in
                state.work = work
                return state.ended != nil
            }
            if isOver { work.cancel() }
        }

        func end(_ result: Result<R?, any Error>) {
            let (continuation, work) = state.withLock { state in
                defer {
                    state.continuation = nil
                    if state.ended == nil { state.ended = result }
                }
                return (state.continuation, state.work)
            }
            work?.cancel()
            continuation?.resume(with: result)
        }
    }
}

extension Result where Failure == any Error {
    /// The result of an asynchronous body.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
