import Ledger
import Replica
import Rules
import Sealing

/// Whose signatures count in a file of evidence: by the pinned charter, and by the amendments that the file carries.
struct EvidenceTerms: Sendable {
    /// The charter's terms, then each amendment's.
    let chain: [CharterTerms]
    /// Which heads count by each of them.
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

    /// How far two clocks may differ before times prove anything.
    var tolerance: Seconds { Seconds(chain.map(\.tolerance).max() ?? 0) }

    /// Who signed a head, by the policy of some terms in the chain; those that a quorum cosigned it under come first,
    /// then the latest.
    func signed(_ note: SignedNote) throws(CofferError) -> EvidenceHead {
        let signed = policies.enumerated().compactMap { place, policy in
            (try? policy.verifySignatures(note)).map { (place: place, head: $0) }
        }
        guard let best = signed.last(where: { $0.head.quorumTime != nil }) ?? signed.last,
            let key = chain.firstIndex(where: { $0.ledgerKey == chain[best.place].ledgerKey })
        else {
            throw CofferError(
                .no, "One of the heads is not signed by the ledger: it proves nothing.", rule: "evidence.signature",
                hint:
                    "If amendments gave the ledger another key, the evidence must hold their entries' notes, in order."
            )
        }
        return EvidenceHead(
            checkpoint: best.head.checkpoint, key: key, hasQuorum: best.head.quorumTime != nil,
            cosignatures: cosignatures(note))
    }

    /// By everyone whom any of the terms name. A line that does not verify counts for nothing: else a ledger could
    /// spoil the evidence against it by a line in the name of a cosigner that is no more.
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

    /// The terms as people call them, by their place in the chain.
    func name(of place: Int) -> String { place == 0 ? "the charter" : "amendment \(place)" }

    /// The amendment that gave the ledger another key than the one that these terms brought; nil while it signs.
    func replaced(_ key: Int) -> Int? {
        let last = chain.lastIndex { $0.ledgerKey == chain[key].ledgerKey } ?? key
        return last + 1 < chain.count ? last + 1 : nil
    }

    /// What the newest terms that name a cosigner call it.
    func name(of cosigner: NoteKey) -> String {
        for terms in chain.reversed() {
            let named = terms.brokers.map { ($0.cosigner, $0.name) } + terms.witnesses.map { ($0.key, $0.name) }
            if let name = named.first(where: { NoteKey(cosigner: $0.0) == cosigner })?.1 { return name }
        }
        return cosigner.name
    }
}

/// A head of the file, and who signed it.
struct EvidenceHead: Sendable {
    let checkpoint: Checkpoint
    /// The place of the terms that first gave the ledger the key that signed; 0 is the charter's.
    let key: Int
    /// Whether a quorum of terms with that key cosigned it.
    let hasQuorum: Bool
    /// When each cosigner signed.
    let cosignatures: [NoteKey: Seconds]

    var size: UInt64 { checkpoint.size }
    var root: Hash256 { checkpoint.root }
}
