import Sealing

/// Works on a few items ahead of the consumer and returns the results in order.
final class Lookahead<Input: Sendable, Output: Sendable> {
    private var inputs: ArraySlice<Input>
    private let depth: Int
    private let work: @Sendable (Input) async throws(CofferError) -> Output
    private var running: [Task<Result<Output, CofferError>, Never>] = []

    init(
        _ inputs: [Input], depth: Int, work: @escaping @Sendable (Input) async throws(CofferError) -> Output
    ) {
        self.inputs = inputs[...]
        self.depth = depth
        self.work = work
    }

    deinit { for task in running { task.cancel() } }

    /// The next result, or nil after the last.
    func next() async throws(CofferError) -> Output? {
        while running.count < depth, let input = inputs.popFirst() {
            running.append(
                Task { [work] in
                    do throws(CofferError) { return .success(try await work(input)) } catch { return .failure(error) }
                })
        }
        guard !running.isEmpty else { return nil }
        return try await running.removeFirst().value.get()
    }
}
