package import Ledger
package import Replica
package import Sealing

/// What two checkpoints prove against those who signed them.
package struct EvidenceVerdict: Sendable {
    package enum Finding: Hashable, Sendable {
        /// The ledger signed two trees, and the larger does not begin with the smaller, which has this size. These
        /// cosigners signed both.
        case twoHistories(size: UInt64, cosigners: [NoteKey])
        /// Two such trees, but the one without a quorum is signed by a key that the ledger may not have held then: an
        /// amendment replaced it, or nothing here shows that its amendment was in force. `key` is the place of the
        /// terms that brought the key; 0 is the charter.
        case keyAlone(key: Int, size: UInt64, cosigners: [NoteKey])
        /// By their own clocks, these cosigners signed the smaller checkpoint after the larger one. A clock that was
        /// set back explains that, so it convicts nobody.
        case timesDisagree([NoteKey])
        /// Both may belong to one log; only its entries can decide.
        case undecided
    }

    package let finding: Finding
    let terms: EvidenceTerms
    /// The smaller checkpoint first.
    let checkpoints: [EvidenceCheckpoint]
}

extension EvidenceFile {
    /// Judges by the charter's keys and those that the file's amendments gave to the ledger and its cosigners. A
    /// checkpoint that the ledger did not sign proves nothing against it. Neither does an amendment that does not
    /// follow from the terms before it.
    ///
    /// For two sizes the proof decides. Its hashes are subtrees of the larger tree and give the larger checkpoint's
    /// root, so they are the only possible ones. The smaller root that they give is thus the only root that a log with
    /// the larger checkpoint ever had at the smaller size. If it is not the smaller checkpoint's root, no log has both.
    /// An amendment with another ledger key continues the same log, so it does not matter which key signed which
    /// checkpoint.
    package func judge(_ charter: CharterFile) throws(CofferError) -> EvidenceVerdict {
        if let known = self.charter, known != charter.hash {
            throw CofferError(
                .no, "This evidence is about the log of another charter: it proves nothing here.",
                rule: "evidence.charter", hint: "Name that log's charter with --charter.")
        }
        let terms = try EvidenceTerms(charter, amendments: amendments)
        let (one, two) = (try terms.signed(checkpoints[0]), try terms.signed(checkpoints[1]))
        let (a, b) = one.size <= two.size ? (one, two) : (two, one)
        return EvidenceVerdict(finding: finding(a, b, terms), terms: terms, checkpoints: [a, b])
    }

    /// `a` is the smaller checkpoint.
    private func finding(_ a: EvidenceCheckpoint, _ b: EvidenceCheckpoint, _ terms: EvidenceTerms)
        -> EvidenceVerdict.Finding
    {
        if contradicts(a, b) {
            let both = a.cosignatures.keys.filter { b.cosignatures[$0] != nil }.sorted { $0.name < $1.name }
            guard let alone = [a, b].first(where: { !$0.hasQuorum && !isLedgers($0.key, a, b, terms) }) else {
                return .twoHistories(size: a.size, cosigners: both)
            }
            return .keyAlone(key: alone.key, size: a.size, cosigners: both)
        }
        if a.size == b.size { return .undecided }
        let back = a.cosignatures.filter { key, time in
            b.cosignatures[key].map { time > $0 && time - $0 > terms.tolerance } ?? false
        }
        return back.isEmpty ? .undecided : .timesDisagree(back.keys.sorted { $0.name < $1.name })
    }

    /// Whether no log can have both checkpoints; `a` is the smaller one.
    private func contradicts(_ a: EvidenceCheckpoint, _ b: EvidenceCheckpoint) -> Bool {
        if a.size == b.size { return a.root != b.root }
        guard let proof, a.size > 0, proof.root != a.root else { return false }
        return Merkle.verifyConsistency(
            from: a.size, to: b.size, oldRoot: proof.root, newRoot: b.root, proof: proof.hashes)
    }

    /// Whether only the ledger can have signed with a key: it is the last in the chain, and it is the charter's or a
    /// quorum under one of the checkpoints shows that it was in force.
    private func isLedgers(_ key: Int, _ a: EvidenceCheckpoint, _ b: EvidenceCheckpoint, _ terms: EvidenceTerms) -> Bool
    {
        terms.replaced(key) == nil && (key == 0 || [a, b].contains { $0.key == key && $0.hasQuorum })
    }
}
