import CofferTestKit
import Sealing
import Testing

@testable import Ledger

/// RFC 6962 §2.1 word for word, from all leaves at once.
enum NaiveTree {
    static func root(_ leaves: ArraySlice<Hash256>) -> Hash256 {
        guard leaves.count > 1, let only = leaves.first else { return leaves.first ?? Merkle.emptyRoot }
        _ = only
        let middle = leaves.startIndex + split(leaves.count)
        return Merkle.nodeHash(root(leaves[..<middle]), root(leaves[middle...]))
    }

    static func path(_ index: Int, _ leaves: ArraySlice<Hash256>) -> [Hash256] {
        guard leaves.count > 1 else { return [] }
        let k = split(leaves.count)
        let middle = leaves.startIndex + k
        return index < k
            ? path(index, leaves[..<middle]) + [root(leaves[middle...])]
            : path(index - k, leaves[middle...]) + [root(leaves[..<middle])]
    }

    static func proof(_ old: Int, _ leaves: ArraySlice<Hash256>, _ isOldTree: Bool = true) -> [Hash256] {
        if old == leaves.count { return isOldTree ? [] : [root(leaves)] }
        let k = split(leaves.count)
        let middle = leaves.startIndex + k
        return old <= k
            ? proof(old, leaves[..<middle], isOldTree) + [root(leaves[middle...])]
            : proof(old - k, leaves[middle...], false) + [root(leaves[..<middle])]
    }

    static func split(_ count: Int) -> Int {
        var k = 1
        while k * 2 < count { k *= 2 }
        return k
    }
}

/// The hashes of complete subtrees, computed from the leaves.
struct LeafSource: HashSource {
    let leaves: [Hash256]

    func hash(level: Int, index: UInt64) -> Hash256 {
        let start = Int(index) << level
        return NaiveTree.root(leaves[start..<start + 1 << level])
    }
}

@Suite("Merkle tree")
struct MerkleTests {
    static let leaves = records(64).map { Merkle.leafHash($0) }

    @Test("Roots, inclusion and consistency agree with the naive tree at every size to 64", arguments: 0...64)
    func exhaustive(size: Int) throws {
        let leaves = Self.leaves[..<size]
        let root = NaiveTree.root(leaves)
        var frontier = MerkleFrontier()
        for leaf in leaves { frontier.append(leafHash: leaf) }
        #expect(frontier.root == root)
        let tree = Tree(size: UInt64(size), source: LeafSource(leaves: Self.leaves))
        #expect(try tree.root() == root)
        for index in 0..<size {
            let proof = try tree.inclusionProof(index: UInt64(index))
            #expect(proof == NaiveTree.path(index, leaves))
            #expect(included(index, size, proof, root))
            for other in 0...size where other != index {
                #expect(!included(other, size, proof, root, leaf: leaves[index]))
            }
        }
        for old in 0...size {
            let proof = try tree.consistencyProof(from: UInt64(old))
            let oldRoot = NaiveTree.root(Self.leaves[..<old])
            #expect(proof == (old == 0 ? [] : NaiveTree.proof(old, leaves)))
            #expect(consistent(old, size, oldRoot, root, proof))
        }
    }

    @Test("No proof holds once anything about it is changed", arguments: [1, 2, 3, 7, 8, 13, 33, 64])
    func mutations(size: Int) throws {
        let leaves = Self.leaves[..<size]
        let root = NaiveTree.root(leaves)
        let tree = Tree(size: UInt64(size), source: LeafSource(leaves: Self.leaves))
        let other = Hash256(of: [9])
        for index in 0..<size {
            let proof = try tree.inclusionProof(index: UInt64(index))
            for changed in Self.changes(of: proof) { #expect(!included(index, size, changed, root)) }
            #expect(!included(index, size, proof, other))
            #expect(!included(index, size, proof, root, leaf: other))
            #expect(!Merkle.verifyInclusion(index: .max, size: .max, leaf: leaves[index], proof: proof, root: root))
        }
        for old in 1..<max(size, 2) {
            let proof = try tree.consistencyProof(from: UInt64(min(old, size)))
            let oldRoot = NaiveTree.root(Self.leaves[..<old])
            for changed in Self.changes(of: proof) { #expect(!consistent(old, size, oldRoot, root, changed)) }
            #expect(!consistent(old, size, other, root, proof))
            #expect(!consistent(old, size, oldRoot, other, proof))
            #expect(!consistent(size + 1, size, oldRoot, root, proof))
        }
    }

    private static func changes(of proof: [Hash256]) -> [[Hash256]] {
        let other = Hash256(of: [9])
        var changes = [proof + [other], [other] + proof]
        if !proof.isEmpty { changes += [Array(proof.dropLast()), Array(proof.dropFirst())] }
        for i in proof.indices {
            var changed = proof
            changed[i] = other
            changes.append(changed)
        }
        return changes
    }

    private func included(_ index: Int, _ size: Int, _ proof: [Hash256], _ root: Hash256, leaf: Hash256? = nil) -> Bool
    {
        let leaf = leaf ?? Self.leaves[index]
        return Merkle.verifyInclusion(index: UInt64(index), size: UInt64(size), leaf: leaf, proof: proof, root: root)
    }

    private func consistent(_ old: Int, _ new: Int, _ oldRoot: Hash256, _ newRoot: Hash256, _ proof: [Hash256]) -> Bool
    {
        Merkle.verifyConsistency(
            from: UInt64(old), to: UInt64(new), oldRoot: oldRoot, newRoot: newRoot, proof: proof)
    }

    @Test("The empty tree's root is SHA-256 of nothing")
    func empty() {
        #expect(HashLine.encode(Merkle.emptyRoot) == Array("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n".utf8))
    }

    @Test("A stored frontier goes on where it stopped, and its hashes must fit its size")
    func storedFrontier() throws {
        var frontier = MerkleFrontier()
        for leaf in Self.leaves[..<13] { frontier.append(leafHash: leaf) }
        var stored = try MerkleFrontier(size: 13, peaks: frontier.peaks)
        for leaf in Self.leaves[13..<29] { stored.append(leafHash: leaf) }
        #expect(stored.root == NaiveTree.root(Self.leaves[..<29]))
        #expect(throws: FormatError.outOfBounds) { try MerkleFrontier(size: 12, peaks: frontier.peaks) }
    }
}
