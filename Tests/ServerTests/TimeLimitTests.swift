import Synchronization
import Testing

@testable import Serving

@Suite("A limit of time on work", .timeLimit(.minutes(15)))
struct TimeLimitTests {
    private struct Failure: Error {}

    /// Until it is cancelled.
    private static let forever: @Sendable () async throws -> Int = {
        try await Task.sleep(for: .seconds(86_400))
        return 0
    }

    @Test("What is done in time is given back, and what it throws is thrown")
    func inTime() async throws {
        let limit = TimeLimit(.seconds(3_600))
        #expect(try await limit.first { 7 } == 7)
        await #expect(throws: Failure.self) { try await limit.first { () -> Int in throw Failure() } }
    }

    @Test("What takes too long comes to nil and is cancelled; also what began while another was waited for, and later")
    func tooLong() async throws {
        let limit = TimeLimit(.seconds(2))
        let cancelled = Atomic<Int>(0)
        let work: @Sendable () async throws -> Int = {
            await withTaskCancellationHandler {
                _ = try? await Self.forever()
            } onCancel: {
                cancelled.add(1, ordering: .relaxed)
            }
            return 0
        }
        for round in 1...2 {
            try await withThrowingTaskGroup { group in
                for number in 0..<8 {
                    group.addTask {
                        try await Task.sleep(for: .milliseconds(10 * number))
                        let start = ContinuousClock.now
                        let isLate = number.isMultiple(of: 2)
                        let came = try await limit.first(isLate ? work : { number })
                        // What waited for a core on a busy machine may have taken too long; nothing else may.
                        if came == nil {
                            #expect(.now - start >= .seconds(2))
                        } else {
                            #expect(!isLate && came == number)
                        }
                    }
                }
                try await group.waitForAll()
            }
            // Work that had not begun yet learns of it when it does.
            while cancelled.load(ordering: .relaxed) < 4 * round { try await Task.sleep(for: .milliseconds(10)) }
            #expect(cancelled.load(ordering: .relaxed) == 4 * round)
        }
    }

    @Test("Work that does not heed being cancelled is not waited for")
    func stubborn() async throws {
        let end = AsyncStream<Void>.makeStream()
        let limit = TimeLimit(.milliseconds(50))
        let came = try await limit.first {
            // A task of its own, which nobody cancels.
            await Task { for await _ in end.stream {} }.value
            return 1
        }
        #expect(came == nil)
        end.continuation.finish()
    }

    @Test("Whoever waits and is cancelled waits no longer")
    func cancelled() async throws {
        let waiting = Task { try await TimeLimit(.seconds(3_600)).first(Self.forever) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
