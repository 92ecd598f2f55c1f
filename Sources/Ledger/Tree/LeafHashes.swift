package import Sealing

/// Hashes of complete subtrees over leaves in memory.
package struct LeafHashes: HashSource {
    private let levels: [[Hash256]]

    package enum LeafHashError: Error { case incomplete }

    package init(_ leaves: [Hash256]) {
        var levels = [leaves]
        while let last = levels.last, last.count > 1 {
            levels.append(
                stride(from: 0, to: last.count - 1, by: 2).map { Merkle.nodeHash(last[$0], last[$0 + 1]) })
        }
        self.levels = levels
    }

    package func hash(level: Int, index: UInt64) throws -> Hash256 {
        guard levels.indices.contains(level), index < UInt64(levels[level].count) else {
            throw LeafHashError.incomplete
        }
        return levels[level][Int(index)]
    }
}
