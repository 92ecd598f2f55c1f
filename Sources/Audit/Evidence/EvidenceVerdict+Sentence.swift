import Ledger
package import Sealing

/// The verdict in words: which key signed which head, who cosigned it, and no more than that.
extension EvidenceVerdict {
    /// Exit 65 for what convicts anybody, 1 for what does not.
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
                "Convicted is a key: the ledger's key of \(terms.name(of: key)), \(standing(of: key)), signed another "
                    + "history of \(size) entries without a quorum. \(signers)\(both(cosigners))", rule: "fork.key",
                hint: "It may be the ledger or whoever took that key; ask its operator, and publish the evidence.")
        case .wentBack(let cosigners):
            CofferError(
                .tampering, "Convicted: \(names(cosigners)) cosigned a smaller tree after a larger one. \(signers)",
                rule: "rollback", hint: "Publish the evidence.")
        case .undecided:
            CofferError(
                .no, "Both heads may be true of one log: they differ in size and nobody went back.",
                rule: "evidence.undecided", hint: "Mirror the log and compare its root at both sizes.")
        }
    }

    /// A sentence a head.
    private var signers: String {
        heads.map { head in
            let cosigners = head.cosignatures.isEmpty ? "nobody" : names(head.cosignatures.keys.map(\.self))
            return "The head of \(head.size) entries with root \(head.root.prefix8) is signed by the ledger's key of "
                + "\(terms.name(of: head.key)) and cosigned by \(cosigners)\(head.hasQuorum ? ", a quorum" : "")."
        }.joined(separator: " ")
    }

    /// What a file cannot say that leaves amendments out, and whoever knows the log can.
    private var doubt: String {
        guard let alone = heads.first(where: { !$0.hasQuorum }) else { return "" }
        return " If an amendment that is not in it has replaced the key of \(terms.name(of: alone.key)), whoever took "
            + "that key since may have signed what no quorum cosigned."
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
