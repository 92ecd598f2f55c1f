import CofferTestKit
import Synchronization
import Testing

/// The tests of a suite block their threads, and run beside the pool.
struct BlockingTrait: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(BlockingExecutor.shared) { try await function() }
    }
}

extension Trait where Self == BlockingTrait {
    static var blocks: Self { Self() }
}

@Suite("Tests that block", .blocks)
struct BlockingTraitTests {
    private static let arrived = Atomic(0)

    @Test("More tests than the machine has cores wait for each other, each on a thread of its own", arguments: 0..<24)
    func together(number: Int) throws {
        Self.arrived.add(1, ordering: .relaxed)
        try eventually("all are here") { Self.arrived.load(ordering: .relaxed) == 24 }
    }
}
