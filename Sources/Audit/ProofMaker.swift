package import Ledger
package import Replica
package import Sealing

/// Makes `.tlog-proof` files from the followed entries: proofs that anyone can check offline.
package struct ProofMaker {
    private let note: SignedNote
    private let tree: Tree<LeafHashes>

    /// Nil when nothing has been followed yet.
    package init?(_ store: some FollowerStore) throws(CofferError) {
        guard let note = try store.checkpoint(), let checkpoint = try? Checkpoint(parsing: note.text) else {
            return nil
        }
        self.init(note, leaves: try store.leaves(from: 0, to: checkpoint.size.rawValue))
    }

    /// The leaves' hashes are those of the checkpoint's tree.
    package init(_ note: SignedNote, leaves: [Hash256]) {
        self.note = note
        self.tree = Tree(size: UInt64(leaves.count), source: LeafHashes(leaves))
    }

    /// The proof that the log has this entry at this index under the checkpoint. Throws `.notFound` beyond the
    /// checkpoint.
    package func proof(of index: UInt64) throws(CofferError) -> TlogProof {
        guard index < tree.size, let hashes = try? tree.inclusionProof(index: index) else {
            throw CofferError(.notFound, "The log has no entry \(index).")
        }
        return TlogProof(index: SaturatingUInt64(rawValue: index), hashes: hashes, note: note)
    }
}
