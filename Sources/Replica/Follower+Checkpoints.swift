package import Ledger
import Rules
package import Sealing

extension Follower {
    /// Most entries to hold in memory before the store is offered them.
    private static let held = 1_024

    /// Fetches a source's entries up to the size of its checkpoint. Returns those that are not staged in the store.
    func fetch(
        from source: any EntrySource, to size: UInt64, checkpoint: SignedNote, into log: inout FollowedLog
    ) async throws(CofferError) -> [Bytes] {
        var held: [Bytes] = []
        var staged = log.size
        try await log.fetch(from: source, to: size, checkpoint: checkpoint) { [store] entry, _ throws(CofferError) in
            if held.count >= Self.held, try store.stage(held, from: staged) {
                staged += UInt64(held.count)
                held = []
            }
            held.append(Array(entry.bytes))
        }
        return held
    }

    /// Handles a checkpoint that is not beyond the followed one: the same checkpoint with new cosignatures, an older
    /// checkpoint, or a fork.
    func earlier(_ checkpoint: Checkpoint, _ note: SignedNote, source: any EntrySource) async throws(CofferError)
        -> Followed
    {
        guard let known = log.checkpoint, let followed = log.followed else { throw .notACheckpoint }
        let before = log
        let signed: VerifiedCheckpoint
        if try lacks(checkpoint.size.rawValue) {
            // Only servers know the tree before this store's first entry.
            let tree = FetchedTree(source, size: before.size, root: before.root)
            signed = try checked(checkpoint, note, in: before, try await tree.growth(from: checkpoint.size.rawValue))
        } else {
            signed = try checked(checkpoint, note, in: before)
        }
        if checkpoint.size.rawValue < log.size { return followed }
        guard let time = signed.quorumTime else { throw .noQuorum }
        guard time > known.quorumTime ?? 0 else { return followed }
        if followed.state.announced != nil {
            try store.keep(handover: note, charter: followed.state.charters.count - 1)
        }
        _ = try store.advance(from: log.size, appending: [], checkpoint: note)
        log.follow(signed)
        return Followed(state: followed.state, checkpoint: signed)
    }

    /// Compares a checkpoint from another server, for example a witness, with the followed log. It needs no quorum, but
    /// the ledger must have signed it and it must match the log. Nil when it is beyond the followed checkpoint or
    /// before the stored entries.
    ///
    /// On a fork, writes evidence and throws `.tampering`.
    package func compare(_ note: SignedNote) throws(CofferError) -> VerifiedCheckpoint? {
        guard let checkpoint = try? Checkpoint(parsing: note.text) else { throw .notACheckpoint }
        guard checkpoint.size.rawValue <= log.size else {
            guard log.state.policies.contains(where: { (try? $0.verifySignatures(note)) != nil }) else {
                throw .notSigned
            }
            return nil
        }
        if try lacks(checkpoint.size.rawValue) {
            _ = try signatures(note, size: checkpoint.size.rawValue, in: log)
            return nil
        }
        return try checked(checkpoint, note, in: log)
    }

    /// The followed log's root at a size. Nil when the size is beyond the followed checkpoint or before the stored
    /// entries.
    package func root(at size: UInt64) throws(CofferError) -> Hash256? {
        guard size <= log.size, !(try lacks(size)) else { return nil }
        return size == log.size ? log.root : try growth(of: log, from: size).oldRoot
    }

    /// How the log grew from a smaller size: `proven` by a source, or computed from the store.
    private func growth(of log: FollowedLog, from size: UInt64, _ proven: TreeGrowth? = nil) throws(CofferError)
        -> TreeGrowth
    {
        let growth: TreeGrowth
        if let proven { growth = proven } else { growth = try store.growth(from: size, to: log.size) }
        guard growth.root == log.root else { throw .corruptStore }
        return growth
    }

    /// Verifies a checkpoint of at most the followed size: the ledger signed it and it matches the log.
    private func checked(
        _ checkpoint: Checkpoint, _ note: SignedNote, in log: FollowedLog, _ proven: TreeGrowth? = nil
    ) throws(CofferError) -> VerifiedCheckpoint {
        guard let known = log.checkpoint else { throw .notACheckpoint }
        let signed = try signatures(note, size: checkpoint.size.rawValue, in: log)
        let what = "The ledger signed two histories: the same \(checkpoint.size) entries have two roots."
        if checkpoint.size.rawValue == log.size {
            guard checkpoint.root == log.root else {
                throw fork(log, known: known, other: note, what: what)
            }
            return signed
        }
        let growth = try growth(of: log, from: checkpoint.size.rawValue, proven)
        guard growth.oldRoot == checkpoint.root else {
            throw fork(
                log, known: known, other: note, proof: ForkProof(root: growth.oldRoot, hashes: growth.proof), what: what
            )
        }
        return signed
    }

    /// Verifies the signatures of a checkpoint of at most the followed size: the ledger's by its key in force or, for a
    /// smaller checkpoint, by the key of an earlier charter. Entries and roots then show whether the checkpoint belongs
    /// to the log.
    private func signatures(_ note: SignedNote, size: UInt64, in log: FollowedLog) throws(CofferError)
        -> VerifiedCheckpoint
    {
        let charters = size < log.size ? log.state.charters : log.state.charters.suffix(1)
        for record in charters.reversed() where record.mark.index == 0 || record.mark.index < size {
            if let policy = record.terms.checkpointPolicy(origin: pin.origin),
                let signed = try? policy.verifySignatures(note)
            {
                return signed
            }
        }
        throw .notSigned
    }

    /// The error to throw when the entries served after the known ones do not give the checkpoint's root.
    ///
    /// If the source's entries from the first on give the checkpoint's root, but a different root at the known size,
    /// the log has forked. If not, the source serves entries that no checkpoint covers.
    func unlike(_ known: FollowedLog, _ note: SignedNote, _ checkpoint: Checkpoint, source: any EntrySource)
        async throws(CofferError) -> CofferError
    {
        let notCovered = CofferError.notCovered
        guard let knownCheckpoint = known.checkpoint, let policy = known.policy,
            (try? policy.verifySignatures(note)) != nil
        else {
            return notCovered
        }
        var leaves: [Hash256] = []
        let size = checkpoint.size.rawValue
        while UInt64(leaves.count) < size {
            let first = UInt64(leaves.count)
            let width = Int(min(256, size - first))
            leaves += try await source.entries(bundle: first / 256, width: width).map { Merkle.leafHash($0) }
        }
        let tree = Tree(size: size, source: LeafHashes(leaves))
        guard let growth = TreeGrowth(tree, from: known.size), growth.root == checkpoint.root,
            growth.oldRoot != known.root
        else { return notCovered }
        return fork(
            known, known: knownCheckpoint, other: note, proof: ForkProof(root: growth.oldRoot, hashes: growth.proof),
            what:
                "The ledger signed two histories: \(checkpoint.size) entries do not begin with the \(known.size) known."
        )
    }
}
