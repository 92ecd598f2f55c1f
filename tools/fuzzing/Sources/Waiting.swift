import Dispatch
import Synchronization

/// The value of asynchronous work, for libFuzzer's callback, which has none of its own. Called on the main thread only.
func wait<T: Sendable>(_ work: @escaping @Sendable () async -> T?) -> T? {
    let done = DispatchSemaphore(value: 0)
    let result = Result()
    Task {
        let value = await work()
        result.value.withLock { $0 = value }
        done.signal()
    }
    done.wait()
    return result.value.withLock { $0 as? T }
}

private final class Result: Sendable {
    let value = Mutex<(any Sendable)?>(nil)
}
