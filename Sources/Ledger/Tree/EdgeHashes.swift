package import Sealing

/// Hashes of complete subtrees, computed from the tree's edge at some size and all leaves after it.
///
/// This is enough for roots and consistency proofs at the edge's size and above.
package struct EdgeHashes: HashSource {
    private let edge: MerkleFrontier
    private let leaves: [Hash256]

    package init(_ edge: MerkleFrontier, then leaves: [Hash256]) {
        self.edge = edge
        self.leaves = leaves
    }

    package func hash(level: Int, index: UInt64) throws -> Hash256 {
        let low = index << UInt64(level)
        if low + 1 << UInt64(level) <= edge.size { return try peak(level: level, from: low) }
        guard level == 0 else {
            return Merkle.nodeHash(
                try hash(level: level - 1, index: index * 2), try hash(level: level - 1, index: index * 2 + 1))
        }
        guard low - edge.size < UInt64(leaves.count) else { throw LeafHashes.LeafHashError.incomplete }
        return leaves[Int(low - edge.size)]
    }

    private func peak(level: Int, from low: UInt64) throws -> Hash256 {
        var start: UInt64 = 0
        let levels = (0..<64).reversed().filter { edge.size >> UInt64($0) & 1 == 1 }
        for (peak, height) in zip(edge.peaks, levels) {
            if start == low, height == level { return peak }
            start += 1 << UInt64(height)
        }
        throw LeafHashes.LeafHashError.incomplete
    }
}
