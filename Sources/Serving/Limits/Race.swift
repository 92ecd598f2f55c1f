import Synchronization

/// Waits for work, but no longer than this.
enum Race {
    /// What the work comes to; nil when it took too long. It is cancelled then, and whatever it still does is not
    /// waited for.
    static func first<R: Sendable>(within limit: Duration, _ work: @escaping @Sendable () async throws -> R)
        async throws -> R?
    {
        let finish = Finish<R>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                finish.wait(continuation)
                let task = Task { await finish.end(Result { try await work() }) }
                let timer = Task {
                    guard (try? await Task.sleep(for: limit)) != nil else { return }
                    finish.end(.success(nil))
                }
                finish.started(task, timer)
            }
        } onCancel: {
            finish.end(.failure(CancellationError()))
        }
    }

    /// The first end counts, and stops both tasks.
    private final class Finish<R: Sendable>: Sendable {
        private struct State {
            var continuation: CheckedContinuation<R?, any Error>?
            var tasks: [Task<Void, Never>] = []
            var ended: Result<R?, any Error>?
        }

        private let state = Mutex(State())

        func wait(_ continuation: CheckedContinuation<R?, any Error>) {
            let ended = state.withLock { state in
                if state.ended == nil { state.continuation = continuation }
                return state.ended
            }
            if let ended { continuation.resume(with: ended) }
        }

        func started(_ tasks: Task<Void, Never>...) {
            let isOver = state.withLock { state in
                state.tasks = tasks
                return state.ended != nil
            }
            if isOver { for task in tasks { task.cancel() } }
        }

        func end(_ result: Result<R?, any Error>) {
            let (continuation, tasks) = state.withLock { state in
                defer {
                    state.continuation = nil
                    if state.ended == nil { state.ended = result }
                }
                return (state.continuation, state.tasks)
            }
            continuation?.resume(with: result)
            for task in tasks { task.cancel() }
        }
    }
}

extension Result where Failure == any Error {
    /// What an asynchronous body comes to.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
