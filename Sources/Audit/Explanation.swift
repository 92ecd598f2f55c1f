import Ledger
package import Rules
package import Sealing

/// One entry in words: its statement, its signers and the verdict of `apply`.
package struct Explanation: Sendable {
    package let index: UInt64
    /// When the ledger stamped it.
    package let stamp: Milliseconds
    /// Nil when the entry is not a statement.
    package let type: String?
    package let statement: Hash256?
    /// The statement as a sentence.
    package let sentence: String
    /// Who signed, by the charter's names where it has them. A line that names no key says so: it can carry any name.
    package let signers: [String]
    package let verdict: Verdict

    /// `state` is that of the whole log, which has everyone's name.
    package init(_ replayed: ReplayedEntry, in state: LedgerState) {
        index = replayed.index
        stamp = replayed.stamp
        verdict = replayed.verdict
        let note = try? SignedNote(parsing: replayed.note)
        let statement = note.flatMap { try? Statement(parsing: $0.text) }
        self.type = statement?.type
        self.statement = note?.hash
        let names = Names(state)
        sentence = statement.map { Sentence(state, names).text($0) } ?? "Bytes that are not a signed statement."
        signers = (note?.signatures ?? []).map { line in
            guard let note, let key = line.namedKey else { return "a line by “\(line.name)”, which names no key" }
            let signer = names.name(key)
            let isValid = NoteKey(signer: key).verifies(line, over: note.text)
            return isValid ? signer : "a line by \(signer) that does not verify"
        }
    }
}

/// Keys by the names that charters gave them.
struct Names {
    private var names: [VerifyingKey: String] = [:]

    init(_ state: LedgerState) {
        for record in state.charters {
            let terms = record.terms
            names[terms.ledgerKey] = "the ledger"
            names[terms.desk.key] = "the desk"
            for broker in terms.brokers { names[broker.noteKey] = "\(broker.name) (broker)" }
            for reviewer in terms.reviewers { names[reviewer.key] = "\(reviewer.name) (reviewer)" }
            for halter in terms.halters { names[halter.key] = "\(halter.name) (halter)" }
        }
        for grant in state.grants.values {
            names[grant.grant.job] = names[grant.grant.job] ?? "job \(grant.grant.job.hash.prefix8)"
        }
        for pseudonym in state.pseudonyms.keys {
            names[pseudonym] = names[pseudonym] ?? "pseudonym \(pseudonym.hash.prefix8)"
        }
    }

    func name(_ key: VerifyingKey) -> String { names[key] ?? "key \(key.hash.prefix8)" }
}
