// Threads that wait for one `Mutex`: the thread sanitizer must find nothing, which needs mutex.c. `tools/test sanitize`
// builds it.
import Foundation
import Synchronization

final class Numbers: Sendable { let last = Mutex<[Int]>([]) }

let numbers = Numbers()
let added = DispatchSemaphore(value: 0)
for _ in 0..<8 {
    Thread {
        for number in 0..<20_000 { numbers.last.withLock { $0 = $0.count < 100 ? $0 + [number] : [] } }
        added.signal()
    }
    .start()
}
for _ in 0..<8 { added.wait() }
print("kept \(numbers.last.withLock { $0.count })")
