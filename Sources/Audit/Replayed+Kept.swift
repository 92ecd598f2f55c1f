import Ledger
import Rules
import Sealing

extension Replayed {
    /// A checkpoint that was kept beside a mirror, verified: a key of one of the log's charters signed it, and it has the
    /// root of the log's first entries.
    func verified(kept note: SignedNote, root: (UInt64) -> Hash256?) throws(CofferError) -> VerifiedCheckpoint {
        let policies = state.charters.reversed().compactMap { $0.terms.checkpointPolicy(origin: state.origin) }
        guard let kept = policies.lazy.compactMap({ try? $0.verifySignatures(note) }).first else {
            throw Auditor.tampering(
                "A checkpoint kept beside the mirror is not signed by the ledger.", "heads.signature")
        }
        guard kept.size <= checkpoint.size, root(kept.size) == kept.root else {
            throw Auditor.tampering("A checkpoint kept beside the mirror belongs to another log.", "heads.root")
        }
        return kept
    }
}
