// Two threads add to one number without a lock: the thread sanitizer must find it. `tools/test sanitize` builds it.
import Foundation

/// Not safe to share, which is what this is for.
final class Count: @unchecked Sendable { var total = 0 }

let count = Count()
let added = DispatchSemaphore(value: 0)
for _ in 0..<2 {
    Thread {
        for _ in 0..<1_000 { count.total &+= 1 }
        added.signal()
    }
    .start()
}
for _ in 0..<2 { added.wait() }
print("counted \(count.total)")
