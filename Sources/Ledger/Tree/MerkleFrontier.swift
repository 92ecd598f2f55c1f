package import Sealing

/// The right edge of a tree: the roots of its complete subtrees, largest first. A follower keeps it.
package struct MerkleFrontier: Hashable, Sendable {
    package private(set) var size: UInt64
    /// One hash for every bit set in `size`.
    package private(set) var peaks: [Hash256]

    package init() {
        self.size = 0
        self.peaks = []
    }

    /// Restores a stored frontier.
    package init(size: UInt64, peaks: [Hash256]) throws(FormatError) {
        guard peaks.count == size.nonzeroBitCount, size <= UInt64(Int64.max) else { throw .outOfBounds }
        self.size = size
        self.peaks = peaks
    }

    package mutating func append(leafHash: Hash256) {
        var hash = leafHash
        var carry = size
        while carry & 1 == 1, let left = peaks.popLast() {
            hash = Merkle.nodeHash(left, hash)
            carry >>= 1
        }
        peaks.append(hash)
        size += 1
    }

    package var root: Hash256 { Self.root(of: peaks) }

    static func root(of peaks: [Hash256]) -> Hash256 {
        guard var hash = peaks.last else { return Merkle.emptyRoot }
        for left in peaks.dropLast().reversed() { hash = Merkle.nodeHash(left, hash) }
        return hash
    }
}
