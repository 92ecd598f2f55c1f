import Sealing

/// What is fuzzed: a property of any bytes, and some good bytes to start from.
struct FuzzTarget: Sendable {
    let name: String
    /// How many inputs a brief run tries.
    let runs: Int
    /// Small and public; the same at every run.
    let seeds: @Sendable () throws -> [Bytes]
    /// Ends the process when the property does not hold.
    let check: @Sendable (Bytes) -> Void

    init(
        _ name: String, runs: Int = 6000, seeds: @escaping @Sendable () throws -> [Bytes],
        check: @escaping @Sendable (Bytes) -> Void
    ) {
        self.name = name
        self.runs = runs
        self.seeds = seeds
        self.check = check
    }

    /// A parser: what it takes is written again to the same bytes. It refuses by throwing.
    static func parser(
        _ name: String, runs: Int = 6000, seeds: @escaping @Sendable () throws -> [Bytes],
        again: @escaping @Sendable (Bytes) throws -> Bytes
    ) -> FuzzTarget {
        FuzzTarget(name, runs: runs, seeds: seeds) { bytes in
            guard let written = try? again(bytes) else { return }
            hold(written == bytes, "\(name) took bytes that it writes in another way")
        }
    }

    /// As `parser`, for what is a string.
    static func text(
        _ name: String, seeds: @escaping @Sendable () throws -> [String],
        again: @escaping @Sendable (String) throws -> String?
    ) -> FuzzTarget {
        FuzzTarget(name, seeds: { try seeds().map { Array($0.utf8) } }) { bytes in
            guard let text = String(validating: bytes, as: UTF8.self), let written = try? again(text) else { return }
            hold(Array(written.utf8) == bytes, "\(name) took a text that it writes in another way")
        }
    }

    static let all = ledger + rules + messages + files + sealed + records + imports + states + [apply]
}

/// Ends the process, as libFuzzer wants it, when what must hold does not.
func hold(_ condition: Bool, _ what: @autoclosure () -> String) {
    if !condition { fatalError(what()) }
}
