internal import Glibc

/// What a test waited for in vain.
package struct NeverHappened: Error, CustomStringConvertible {
    package let description: String
}

/// Returns as soon as the condition holds. It is asked again and again, because another process or thread does not say
/// when it is ready: where something can be waited for, wait for that instead.
///
/// - Throws: `NeverHappened` after five minutes, and what the condition throws.
package func eventually(_ what: String, _ condition: () throws -> Bool) throws {
    for _ in 0..<pollingRounds {
        if try condition() { return }
        usleep(pollingMicroseconds)
    }
    throw NeverHappened(description: "it never happened that \(what)")
}

/// As `eventually`, without blocking a thread; a cancelled task waits no longer.
package func waitUntil(
    _ what: String, isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async throws {
    for _ in 0..<pollingRounds {
        if try await condition() { return }
        try await Task.sleep(for: .microseconds(pollingMicroseconds))
    }
    throw NeverHappened(description: "it never happened that \(what)")
}

/// Returns when the task is cancelled: for a server that takes a request and never answers.
package func untilCancelled() async {
    let (never, continuation) = AsyncStream.makeStream(of: Void.self)
    for await _ in never {}
    withExtendedLifetime(continuation) {}
}

private let pollingMicroseconds: UInt32 = 10_000
private let pollingRounds = 30_000
