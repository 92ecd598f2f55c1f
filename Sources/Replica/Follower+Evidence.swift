import Ledger
import Rules
import Sealing

extension Follower {
    /// Writes evidence of two checkpoints that cannot both be true of this log. Returns the error that the caller must
    /// throw.
    func fork(
        _ log: FollowedLog, known: VerifiedCheckpoint, other: SignedNote, proof: ForkProof? = nil,
        rule: String = "fork", what: String
    ) -> CofferError {
        evidence.fork(
            known: known, other: other, charter: pin.charterHash, amendments: amendments(of: log.state), proof: proof,
            rule: rule, what: what)
    }

    /// The amendments from the pinned charter to the terms in force, read from the store. Empty if any is missing: a
    /// chain with a gap proves nothing, and evidence must not wait for a store that is damaged or lacks old entries.
    private func amendments(of state: LedgerState) -> [SignedNote] {
        var notes: [SignedNote] = []
        for record in state.charters.dropFirst() {
            guard let bytes = try? storedEntry(record.mark.index), let entry = try? Entry(parsing: bytes),
                let note = try? SignedNote(parsing: entry.note), note.hash == record.hash
            else { return [] }
            notes.append(note)
        }
        return notes
    }
}
