import Sealing

/// `apply`: total, and without a trace of what it refuses.
extension FuzzTarget {
    static let apply = FuzzTarget("apply", runs: 500, seeds: { applySeeds }) { bytes in
        switch ApplyWorld.shared {
        case .success(let world):
            var machine = ApplyMachine(world)
            machine.run(bytes)
        case .failure(let error): Fuzz.fail("no world: \(error)")
        }
    }

    private static let applySeeds: [Bytes] = [
        // Everything once, in order, ten minutes apart.
        (0..<25).flatMap { [0, $0, 100] as Bytes },
        // Stops before what they stop.
        [0, 10, 0, 0, 13, 0, 0, 15, 0, 0, 5, 100, 0, 17, 0, 0, 6, 100],
        // An amendment, its notice, and who comes after.
        [0, 22, 0, 0, 21, 0, 0, 6, 200, 0, 4, 0],
        // A text changed and signed again; a note changed; bytes.
        [2, 5, 0, 0, 90, 0, 2, 57, 57] + [1, 6, 0, 0, 30, 0, 1, 65] + [3, 0, 251, 0, 3, 1, 2, 3],
    ]
}
