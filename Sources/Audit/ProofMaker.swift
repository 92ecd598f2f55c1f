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

    /// The proof that the log has this entry at this index under the checkpoint. It carries the entry's bytes as its extra
    /// data, so that a verifier needs no other file. Throws `.notFound` beyond the checkpoint, and `.tampering` for
    /// bytes that are not the entry's.
    package func proof(of index: UInt64, entry: Bytes) throws(CofferError) -> TlogProof {
        guard index < tree.size, let hashes = try? tree.inclusionProof(index: index) else {
            throw CofferError(.notFound, "The log has no entry \(index).")
        }
        return try Self.proof(of: index, entry: entry, hashes: hashes, under: note)
    }

    /// The proof that these hashes make, if they lead from the entry to the checkpoint's root.
    package static func proof(of index: UInt64, entry: Bytes, hashes: [Hash256], under note: SignedNote)
        throws(CofferError) -> TlogProof
    {
        guard let checkpoint = try? Checkpoint(parsing: note.text),
            Merkle.verifyInclusion(
                index: index, size: checkpoint.size.rawValue, leaf: Merkle.leafHash(entry), proof: hashes,
                root: checkpoint.root)
        else {
            throw CofferError(
                .tampering, "The entry's bytes are not those that the checkpoint covers.", rule: "entries.root")
        }
        return TlogProof(extra: entry, index: SaturatingUInt64(rawValue: index), hashes: hashes, note: note)
    }
}
