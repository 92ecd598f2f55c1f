import Ledger
import Sealing

extension EvidenceDirectory {
    /// Writes contradictory notes about the state, signed by brokers, to a file, once. Returns the error to throw,
    /// which names the file.
    ///
    /// Replaying the log to the sizes in the notes shows which broker signed a false state. A note that contradicts its
    /// own snapshot or a checkpoint is proof by itself.
    func states(
        _ notes: [SignedNote], charter: Hash256, checkpoint: SignedNote? = nil, proof: ForkProof? = nil, rule: String,
        what: String
    ) -> CofferError {
        let name = "state-" + notes.map(\.hash.prefix8).joined(separator: "-") + ".txt"
        var text = Array("\(Self.stateOpening)\(what)\nEach note is signed; cut it out and verify it.\n".utf8)
        text += Array("charter \(charter.hex)\n".utf8)
        for note in notes { text += Array("\n\(Self.stateTitle)\n".utf8) + note.encoded }
        if let checkpoint { text += Array("\n==== the head ====\n".utf8) + checkpoint.encoded }
        if let proof { text += Self.section(proof) }
        return CofferError(
            .tampering, "\(what) \(keep(text, as: name))", rule: rule,
            hint: "Do not try again. Show the evidence to these brokers' operators and an auditor.")
    }
}
