internal import Dispatch
internal import Foundation

/// Runs tasks on threads of their own, as many as they need.
///
/// Swift's pool has one thread a core. A test that waits there for another process or thread keeps the servers of other
/// tests from going on; two of them stop everything on a machine with two cores.
package final class BlockingExecutor: TaskExecutor {
    package static let shared = BlockingExecutor()

    private let queue = DispatchQueue(label: "what blocks a thread", attributes: .concurrent)

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Runs what blocks a thread on one of its own: the server that answers it may run on the pool.
package func blocking<R>(_ body: @escaping () throws -> R) async throws -> R {
    // Used once, by the new thread alone, while this task waits for it.
    nonisolated(unsafe) let body = body
    let result = await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            // Given away at once; this thread ends.
            nonisolated(unsafe) let result = Result { try body() }
            continuation.resume(returning: result)
        }
    }
    return try result.get()
}
