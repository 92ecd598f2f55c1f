// Two threads add to one number without a lock: the thread sanitizer must find it. `tools/test sanitize` builds it.
import Foundation

/// Not safe to share, which is what this is for.
final class Count: @unchecked Sendable { var total = 0 }

let count = Count()
let threads = (0..<2).map { _ in Thread { for _ in 0..<100_000 { count.total &+= 1 } } }
for thread in threads { thread.start() }
while threads.contains(where: { !$0.isFinished }) { usleep(1000) }
print("counted \(count.total), and nothing was found")
