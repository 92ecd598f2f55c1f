import CofferTestKit
import Ledger
import Replica
import Rules
import Sealing

/// What is kept of a followed log, so that a restart goes on from there.
extension FuzzTarget {
    static let states: [FuzzTarget] = [
        FuzzTarget("snapshot", runs: 1000, seeds: { [try kept()] }) { readSnapshot($0) }
    ]

    /// Without the hash at its end, which the check adds: the fuzzer reaches what the hash protects.
    private static func kept() throws -> Bytes {
        let scenario = try Material.make().scenario
        var frontier = MerkleFrontier()
        for entry in scenario.entries { frontier.append(leafHash: Merkle.leafHash(entry.encoded)) }
        return LedgerSnapshot(state: scenario.state, frontier: frontier).encoded.dropLast(32)
    }

    /// A state has one form; and whatever a damaged one says, deciding the next entry ends.
    private static func readSnapshot(_ bytes: Bytes) {
        let file = bytes + Hash256(of: bytes).bytes
        guard let snapshot = try? LedgerSnapshot(parsing: file) else { return }
        hold(snapshot.encoded == file, "a snapshot is written in another way")
        var state = snapshot.state
        _ = state.digest
        guard let entries = try? Material.make().scenario.entries else { return }
        for entry in entries.suffix(6) { state.apply(entry) }
        _ = state.digest
    }
}
