package import Sealing

/// Supplies the hashes of a tree's complete subtrees.
package protocol HashSource {
    /// The root of the leaves index·2^level ..< (index+1)·2^level, all of which exist.
    func hash(level: Int, index: UInt64) throws -> Hash256
}

/// A tree of some size over a source of hashes: makes roots and proofs (RFC 6962 §2.1.1–2).
package struct Tree<Source: HashSource> {
    package let size: UInt64
    private let source: Source

    package init(size: UInt64, source: Source) {
        self.size = size
        self.source = source
    }

    /// The root at this size, or at an earlier one.
    package func root(at earlier: UInt64? = nil) throws -> Hash256 {
        let size = min(earlier ?? size, size)
        return size == 0 ? Merkle.emptyRoot : try hash(0, size)
    }

    /// The tree's right edge, from which another can continue it.
    package func frontier() throws -> MerkleFrontier {
        var low: UInt64 = 0
        var peaks: [Hash256] = []
        for level in (0..<64).reversed() where size >> UInt64(level) & 1 == 1 {
            peaks.append(try source.hash(level: level, index: low >> UInt64(level)))
            low += 1 << UInt64(level)
        }
        return try MerkleFrontier(size: size, peaks: peaks)
    }

    /// The inclusion proof of a leaf, from its sibling up to the root's child. The index must be below the size.
    package func inclusionProof(index: UInt64) throws -> [Hash256] {
        precondition(index < size, "no such leaf")
        return try path(to: index, 0, size)
    }

    /// The consistency proof from an earlier size to this one. Empty from size zero and from this size.
    package func consistencyProof(from old: UInt64) throws -> [Hash256] {
        precondition(old <= size, "a tree is not consistent with a larger one")
        return old == 0 ? [] : try subproof(old, 0, size, isOldTree: true)
    }

    private func hash(_ low: UInt64, _ high: UInt64) throws -> Hash256 {
        let count = high - low
        if count.nonzeroBitCount == 1 {
            let level = count.trailingZeroBitCount
            return try source.hash(level: level, index: low >> UInt64(level))
        }
        let middle = low + Self.split(count)
        return Merkle.nodeHash(try hash(low, middle), try hash(middle, high))
    }

    private func path(to index: UInt64, _ low: UInt64, _ high: UInt64) throws -> [Hash256] {
        guard high - low > 1 else { return [] }
        let middle = low + Self.split(high - low)
        return index < middle
            ? try path(to: index, low, middle) + [hash(middle, high)]
            : try path(to: index, middle, high) + [hash(low, middle)]
    }

    private func subproof(_ old: UInt64, _ low: UInt64, _ high: UInt64, isOldTree: Bool) throws -> [Hash256] {
        if old == high { return isOldTree ? [] : [try hash(low, high)] }
        let middle = low + Self.split(high - low)
        return old <= middle
            ? try subproof(old, low, middle, isOldTree: isOldTree) + [hash(middle, high)]
            : try subproof(old, middle, high, isOldTree: false) + [hash(low, middle)]
    }

    /// The largest power of two below a count of two or more.
    private static func split(_ count: UInt64) -> UInt64 {
        1 << UInt64(63 - (count - 1).leadingZeroBitCount)
    }
}
