package import Ledger
package import Sealing

/// Stores the entries that a follower has followed, and the newest checkpoint over exactly these entries.
package protocol FollowerStore: Sendable {
    /// The newest checkpoint; nil before the first.
    func checkpoint() throws(CofferError) -> SignedNote?
    /// Entries from an index on, in order; at most `count`.
    func entries(from index: UInt64, count: Int) throws(CofferError) -> [Bytes]
    /// Takes entries after the stored checkpoint before there is a checkpoint over them, so that a long stretch need
    /// not be held in memory. False when it does not take them. They count only after a later `advance` stores a
    /// checkpoint over them.
    func stage(_ entries: [Bytes], from index: UInt64) throws(CofferError) -> Bool
    /// Appends entries after the first `size` and the staged ones, and stores the checkpoint over all of them, durably
    /// and atomically.
    ///
    /// False, without storing, when another process has advanced the store beyond `size`.
    func advance(from size: UInt64, appending entries: [Bytes], checkpoint: SignedNote) throws(CofferError) -> Bool
    /// How the stored tree grew from one size to another. Both must be within the stored entries.
    func growth(from old: UInt64, to size: UInt64) throws(CofferError) -> TreeGrowth
    /// Keeps the last checkpoint under a charter that an amendment ends, for those that follow from this store.
    func keep(handover checkpoint: SignedNote, charter: Int) throws(CofferError)
}

/// The roots of a tree at two sizes, and the proof that the larger one begins with the smaller one.
package struct TreeGrowth: Hashable, Sendable {
    package let oldRoot: Hash256
    package let root: Hash256
    package let proof: [Hash256]

    package init(oldRoot: Hash256, root: Hash256, proof: [Hash256]) {
        self.oldRoot = oldRoot
        self.root = root
        self.proof = proof
    }

    /// Nil when the source lacks hashes.
    init?<Source: HashSource>(_ tree: Tree<Source>, from old: UInt64) {
        guard old <= tree.size, let oldRoot = try? tree.root(at: old), let root = try? tree.root(),
            let proof = try? tree.consistencyProof(from: old)
        else { return nil }
        self.init(oldRoot: oldRoot, root: root, proof: proof)
    }
}

extension FollowerStore {
    /// Does nothing by default: most stores serve no followers.
    package func keep(handover checkpoint: SignedNote, charter: Int) throws(CofferError) {}

    package func stage(_ entries: [Bytes], from index: UInt64) throws(CofferError) -> Bool { false }

    package func growth(from old: UInt64, to size: UInt64) throws(CofferError) -> TreeGrowth {
        let leaves = try leaves(from: 0, to: size)
        guard let growth = TreeGrowth(Tree(size: size, source: LeafHashes(leaves)), from: old) else {
            throw .corruptStore
        }
        return growth
    }

    /// The leaf hashes of the stored entries from an index up to a size.
    package func leaves(from index: UInt64, to size: UInt64) throws(CofferError) -> [Hash256] {
        var leaves: [Hash256] = []
        while index + UInt64(leaves.count) < size {
            let next = index + UInt64(leaves.count)
            let entries = try entries(from: next, count: Int(min(1_024, size - next)))
            guard !entries.isEmpty else { throw .corruptStore }
            leaves += entries.map(Merkle.leafHash)
        }
        return leaves
    }

    /// How many entries a stored checkpoint covers.
    static func size(of checkpoint: SignedNote?) throws(CofferError) -> UInt64 {
        guard let checkpoint else { return 0 }
        guard let checkpoint = try? Checkpoint(parsing: checkpoint.text) else { throw .corruptStore }
        return checkpoint.size.rawValue
    }
}

extension CofferError {
    /// The content of a follower's store is not what a follower wrote.
    static let corruptStore = CofferError(
        .tampering, "The stored ledger is damaged or was changed.", rule: "follower.store",
        hint: "Move it away and follow the ledger again from the beginning.")
}
