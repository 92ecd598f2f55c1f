package import Sealing

/// The Merkle tree of RFC 6962 §2.1 over SHA-256: hashes and checks of proofs. It does no I/O.
package enum Merkle {
    /// The root of the empty tree: SHA-256 of nothing.
    package static let emptyRoot = Hash256(of: Bytes())

    package static func leafHash(_ entry: Bytes) -> Hash256 { leafHash(entry[...]) }

    /// The leaf hash of an entry, without a copy.
    package static func leafHash(_ entry: ArraySlice<UInt8>) -> Hash256 { Hash256(of: leafPrefix, entry.span) }

    package static func nodeHash(_ left: Hash256, _ right: Hash256) -> Hash256 {
        Hash256(of: nodePrefix, left, right)
    }

    private static let leafPrefix: Bytes = [0]
    private static let nodePrefix: Bytes = [1]

    /// Whether the leaf is at the index in the tree of this size and root (RFC 9162 §2.1.3.2).
    package static func verifyInclusion(
        index: UInt64, size: UInt64, leaf: Hash256, proof: [Hash256], root: Hash256
    ) -> Bool {
        guard index < size, proof.count <= 64 else { return false }
        var path = Path(first: index, last: size - 1)
        var hash = leaf
        for sibling in proof {
            guard !path.isAtRoot else { return false }
            hash = path.climb() ? nodeHash(sibling, hash) : nodeHash(hash, sibling)
        }
        return path.isAtRoot && hash == root
    }

    /// Whether the tree of the new size and root begins with that of the old size and root (RFC 9162 §2.1.4.2).
    ///
    /// The empty tree is a prefix of every tree. Trees of equal size must have equal roots. In both cases the proof is
    /// empty.
    package static func verifyConsistency(
        from oldSize: UInt64, to newSize: UInt64, oldRoot: Hash256, newRoot: Hash256, proof: [Hash256]
    ) -> Bool {
        guard oldSize <= newSize, proof.count <= 64 else { return false }
        if oldSize == newSize { return proof.isEmpty && oldRoot == newRoot }
        if oldSize == 0 { return proof.isEmpty && oldRoot == emptyRoot }
        // If the old tree is complete, it is its own first node, so the proof leaves it out.
        let hashes = oldSize.nonzeroBitCount == 1 ? [oldRoot] + proof : proof
        guard !proof.isEmpty, let first = hashes.first else { return false }
        var path = Path(first: oldSize - 1, last: newSize - 1)
        path.skipRightTurns()
        var old = first
        var new = first
        for sibling in hashes.dropFirst() {
            guard !path.isAtRoot else { return false }
            if path.climb() {
                old = nodeHash(sibling, old)
                new = nodeHash(sibling, new)
            } else {
                new = nodeHash(new, sibling)
            }
        }
        return path.isAtRoot && old == oldRoot && new == newRoot
    }

    /// A node's position while it climbs: its number in its level, and the number of the level's last node.
    private struct Path {
        var first: UInt64
        var last: UInt64

        var isAtRoot: Bool { last == 0 }

        /// Climbs one level where the node has a sibling; true when the sibling is on the left.
        mutating func climb() -> Bool {
            let left = first & 1 == 1 || first == last
            if left {
                // A last node without a sibling moves up unchanged until it is a right child.
                while first & 1 == 0, first != 0 { up() }
            }
            up()
            return left
        }

        mutating func skipRightTurns() {
            while first & 1 == 1 { up() }
        }

        private mutating func up() {
            first >>= 1
            last >>= 1
        }
    }
}
