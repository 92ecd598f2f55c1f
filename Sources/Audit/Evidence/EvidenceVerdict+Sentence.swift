import Ledger
package import Sealing

/// The verdict as a sentence: which key signed which checkpoint and who cosigned it.
extension EvidenceVerdict {
    /// Code `.tampering` (exit 65) for a conviction, `.no` (exit 1) otherwise.
    package var error: CofferError {
        switch finding {
        case .twoHistories(let size, let cosigners):
            CofferError(
                .tampering,
                "Convicted: the ledger signed two different histories of \(size) entries. \(signers)\(both(cosigners))",
                rule: "fork", hint: "Do not trust this ledger again; publish the evidence.\(doubt)")
        case .keyAlone(let key, let size, let cosigners):
            CofferError(
                .tampering,
                "Convicted: the ledger's key of \(terms.name(of: key)), \(standing(of: key)), signed another "
                    + "history of \(size) entries without a quorum. \(signers)\(both(cosigners))", rule: "fork.key",
                hint: "The ledger or somebody who took that key signed it: ask its operator, and publish the evidence.")
        case .timesDisagree(let cosigners):
            CofferError(
                .no,
                "By their own times, \(names(cosigners)) cosigned a smaller tree after a larger one. A clock that was "
                    + "set back explains that, so it convicts nobody. \(signers)",
                rule: "evidence.times", hint: "Ask the cosigner's operator, and mirror the log to compare its roots.")
        case .undecided:
            CofferError(
                .no, "Both checkpoints may belong to one log: their sizes differ.",
                rule: "evidence.undecided", hint: "Mirror the log and compare its root at both sizes.")
        }
    }

    /// One sentence for each checkpoint.
    private var signers: String {
        checkpoints.map { checkpoint in
            let cosigners = checkpoint.cosignatures.isEmpty ? "nobody" : names(checkpoint.cosignatures.keys.map(\.self))
            return
                "The checkpoint of \(checkpoint.size) entries with root \(checkpoint.root.prefix8) is signed by the ledger's key of "
                + "\(terms.name(of: checkpoint.key)) and cosigned by \(cosigners)\(checkpoint.hasQuorum ? ", a quorum" : "")."
        }.joined(separator: " ")
    }

    /// An amendment that the file leaves out can weaken the verdict; only the log shows whether there is one.
    private var doubt: String {
        guard let alone = checkpoints.first(where: { !$0.hasQuorum }) else { return "" }
        return " If an amendment outside this evidence replaced the key of \(terms.name(of: alone.key)), "
            + "somebody who took that key may have signed the checkpoint without a quorum."
    }

    private func standing(of key: Int) -> String {
        terms.replaced(key).map { "which \(terms.name(of: $0)) replaced" }
            ?? "which nothing here shows to have been in force"
    }

    private func both(_ cosigners: [NoteKey]) -> String {
        cosigners.isEmpty ? "" : " \(names(cosigners)) cosigned both."
    }

    private func names(_ cosigners: [NoteKey]) -> String {
        cosigners.map(terms.name(of:)).sorted().joined(separator: ", ")
    }
}
