import CofferTestKit
import Synchronization
import Testing

@testable import Serving

@Suite("A limit of time on work", .timeLimit(.minutes(15)))
struct TimeLimitTests {
    private struct Failure: Error {}

    /// Until it is cancelled.
    private static let forever: @Sendable () async throws -> Int = {
        await untilCancelled()
        try Task.checkCancellation()
        return 0
    }

    @Test("Work done in time gives its result or throws its error")
    func inTime() async throws {
        let limit = TimeLimit(.seconds(3_600))
        #expect(try await limit.first { 7 } == 7)
        await #expect(throws: Failure.self) { try await limit.first { () -> Int in throw Failure() } }
    }

    @Test("What takes too long comes to nil and is cancelled; also what began while another was waited for, and later")
    func tooLong() async throws {
        let clock = SteppedClock()
        let limit = TimeLimit(.seconds(2), clock: clock)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        var begins = begun.makeAsyncIterator()
        let cancelled = Atomic<Int>(0)
        let work: @Sendable () async throws -> Int = {
            await withTaskCancellationHandler {
                begin.yield()
                _ = try? await Self.forever()
            } onCancel: {
                cancelled.add(1, ordering: .relaxed)
            }
            return 0
        }
        for round in 0..<2 {
            var late: [Task<Int?, any Error>] = []
            for number in 0..<8 {
                if number.isMultiple(of: 2) {
                    late.append(Task { try await limit.first(work) })
                    await begins.next()
                } else {
                    #expect(try await limit.first { number } == number)
                }
                #expect(cancelled.load(ordering: .relaxed) == 4 * round)
                clock.advance(by: .milliseconds(250))
            }
            // Two seconds have passed since the first began, and half a second less since each one after it.
            for (number, task) in late.enumerated() {
                #expect(try await task.value == nil)
                // Its waiter may be told a moment before the work itself.
                let ended = 4 * round + number + 1
                while cancelled.load(ordering: .relaxed) < ended { await Task.yield() }
                #expect(cancelled.load(ordering: .relaxed) == ended)
                clock.advance(by: .milliseconds(500))
            }
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

    @Test("A waiter that is cancelled stops waiting")
    func cancelled() async throws {
        let waiting = Task { try await TimeLimit(.seconds(3_600)).first(Self.forever) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
