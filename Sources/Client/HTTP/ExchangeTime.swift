import Synchronization

/// How long a request and its reply may take: a fixed time, and more for what has arrived. So a server that sends a byte
/// now and then ends with the fixed time, and a slow link still carries a large file.
package struct ExchangeTime: Sendable {
    /// The time for a reply of no length.
    private let base: Duration
    /// The bytes that must arrive in each further second.
    package static let slowest = 8 << 10
    /// No exchange takes longer, whatever arrives.
    package static let longest = Duration.seconds(1_800)

    package init(base: Duration) { self.base = base }

    /// The time limit, after so many bytes of the reply.
    package func limit(received: Int) -> Duration {
        min(base + .seconds(received / Self.slowest), Self.longest)
    }
}

/// The reply did not come in its time.
struct ExchangeTooSlow: Error {}

/// How much of a reply's body has arrived.
final class ReceivedBytes: Sendable {
    private let bytes = Atomic(0)

    var count: Int { bytes.load(ordering: .relaxed) }
    func set(_ count: Int) { bytes.store(count, ordering: .relaxed) }
}
