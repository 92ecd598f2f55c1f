import CofferTestKit
import Sealing
import Testing

@testable import Ledger

@Suite("A tree of which the first leaves are known by their edge alone")
struct EdgeHashesTests {
    private let leaves = MerkleTests.leaves.prefix(40)

    @Test("Roots and consistency from the edge on are those of the whole tree", arguments: 0...40)
    func fromTheEdgeOn(size: Int) throws {
        var edge = MerkleFrontier()
        for leaf in leaves.prefix(size) { edge.append(leafHash: leaf) }
        for grown in size...40 {
            let hashes = EdgeHashes(edge, then: Array(leaves[size..<grown]))
            let tree = Tree(size: UInt64(grown), source: hashes)
            for old in size...grown where old > 0 {
                #expect(try tree.root(at: UInt64(old)) == NaiveTree.root(leaves[..<old]))
                #expect(try tree.consistencyProof(from: UInt64(old)) == NaiveTree.proof(old, leaves[..<grown]))
            }
        }
    }

    @Test("Before the edge, and beyond the leaves, it has nothing")
    func elsewhere() throws {
        var edge = MerkleFrontier()
        for leaf in leaves.prefix(21) { edge.append(leafHash: leaf) }
        let hashes = EdgeHashes(edge, then: Array(leaves[21..<30]))
        #expect(throws: LeafHashes.LeafHashError.incomplete) { try Tree(size: 30, source: hashes).root(at: 11) }
        #expect(throws: LeafHashes.LeafHashError.incomplete) {
            try Tree(size: 30, source: hashes).consistencyProof(from: 5)
        }
        #expect(throws: LeafHashes.LeafHashError.incomplete) { try hashes.hash(level: 0, index: 30) }
        #expect(throws: LeafHashes.LeafHashError.incomplete) { try hashes.hash(level: 0, index: 3) }
        #expect(throws: LeafHashes.LeafHashError.incomplete) { try Tree(size: 31, source: hashes).root() }
    }
}
