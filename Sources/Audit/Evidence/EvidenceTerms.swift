import Ledger
import Replica
import Rules
import Sealing

/// The keys whose signatures count in an evidence file: those of the pinned charter and of the file's amendments.
struct EvidenceTerms: Sendable {
    /// The charter's terms, then each amendment's.
    let chain: [CharterTerms]
    /// One checkpoint policy for each of the terms.
    private let policies: [CheckpointPolicy]

    /// Throws `evidence.amendment` unless each amendment follows from the terms before it, by the rules of the ledger.
    init(_ file: CharterFile, amendments: [SignedNote]) throws(CofferError) {
        var chain = TermsChain(file.charter, hash: file.hash)
        for (number, note) in amendments.enumerated() {
            do throws(Refusal) { try chain.amend(note) } catch {
                throw CofferError(
                    .no,
                    "Amendment \(number + 1) in this evidence does not follow from the terms before it: it proves "
                        + "nothing. \(error.message)", rule: "evidence.amendment")
            }
        }
        self.chain = chain.terms
        self.policies = chain.terms.compactMap { $0.checkpointPolicy(origin: file.origin) }
        guard policies.count == self.chain.count else {
            throw CofferError(.configuration, "The charter names no usable ledger key.")
        }
    }

    /// How far two clocks may differ before their times prove anything.
    var tolerance: Seconds { Seconds(chain.map(\.tolerance).max() ?? 0) }

    /// Who signed a checkpoint, by the policy of one of the chain's terms. Terms under which a quorum cosigned it come
    /// first, then the latest terms.
    func signed(_ note: SignedNote) throws(CofferError) -> EvidenceCheckpoint {
        let signed = policies.enumerated().compactMap { place, policy in
            (try? policy.verifySignatures(note)).map { (place: place, checkpoint: $0) }
        }
        guard let best = signed.last(where: { $0.checkpoint.quorumTime != nil }) ?? signed.last,
            let key = chain.firstIndex(where: { $0.ledgerKey == chain[best.place].ledgerKey })
        else {
            throw CofferError(
                .no, "One of the checkpoints is not signed by the ledger: it proves nothing.",
                rule: "evidence.signature",
                hint:
                    "If amendments gave the ledger another key, the evidence must hold their entries' notes, in order."
            )
        }
        return EvidenceCheckpoint(
            checkpoint: best.checkpoint.checkpoint, key: key, hasQuorum: best.checkpoint.quorumTime != nil,
            cosignatures: cosignatures(note))
    }

    /// The cosignatures of every cosigner that any of the terms name. A line that does not verify is ignored: otherwise
    /// a ledger could spoil the evidence against it with a false line of a former cosigner.
    private func cosignatures(_ note: SignedNote) -> [NoteKey: Seconds] {
        var times: [NoteKey: Seconds] = [:]
        for cosigner in Set(policies.flatMap(\.witnesses)) {
            for line in note.signatures where cosigner.matches(line) {
                if let time = Cosignature.time(of: line, by: cosigner, over: note.text) { times[cosigner] = time }
            }
        }
        return times
    }

    // MARK: Names

    /// The terms in words, by their place in the chain.
    func name(of place: Int) -> String { place == 0 ? "the charter" : "amendment \(place)" }

    /// The place of the amendment that replaced the ledger key of these terms; nil while that key is the latest.
    func replaced(_ key: Int) -> Int? {
        let last = chain.lastIndex { $0.ledgerKey == chain[key].ledgerKey } ?? key
        return last + 1 < chain.count ? last + 1 : nil
    }

    /// The cosigner's name in the newest terms that have it.
    func name(of cosigner: NoteKey) -> String {
        for terms in chain.reversed() {
            let named = terms.brokers.map { ($0.cosigner, $0.name) } + terms.witnesses.map { ($0.key, $0.name) }
            if let name = named.first(where: { NoteKey(cosigner: $0.0) == cosigner })?.1 { return name }
        }
        return cosigner.name
    }
}

/// A checkpoint of the file and who signed it.
struct EvidenceCheckpoint: Sendable {
    let checkpoint: Checkpoint
    /// The place of the terms that first gave the ledger the key that signed; 0 is the charter.
    let key: Int
    /// Whether a quorum of terms with that key cosigned it.
    let hasQuorum: Bool
    /// Each cosigner's time, in seconds since 1970.
    let cosignatures: [NoteKey: Seconds]

    var size: UInt64 { checkpoint.size.rawValue }
    var root: Hash256 { checkpoint.root }
}
