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
    package init(_ replayed: ReplayedEntry, in state: LedgerState) { self.init(replayed, state, Names(state)) }

    /// With `areValid` the signatures are not checked again: an entry is accepted only if every one of its lines verifies.
    init(_ replayed: ReplayedEntry, _ state: LedgerState, _ names: Names, areValid: Bool = false) {
        index = replayed.index
        stamp = replayed.stamp
        verdict = replayed.verdict
        let note = try? SignedNote(parsing: replayed.note)
        let statement = note.flatMap { try? Statement(parsing: $0.text) }
        self.type = statement?.type
        self.statement = note?.hash
        sentence = statement.map { Sentence(state, names).text($0) } ?? "Bytes that are not a signed statement."
        signers = note.map { names.signers(of: $0, areValid: areValid) } ?? []
    }
}

/// Keys by the names that charters gave them.
struct Names: Sendable {
    private var names: [VerifyingKey: String] = [:]

    /// Everyone whom the state names.
    init(_ state: LedgerState) { add(state) }

    /// Everyone whom the statement itself names. What the state says of a key counts more.
    init(_ statement: Statement, in state: LedgerState?) {
        switch statement {
        case .charter(let charter): add(charter.terms)
        case .amend(let amend): add(amend.terms)
        case .grant(let grant): names[grant.job] = "job \(grant.job.hash.prefix8)"
        default: break
        }
        if let state { add(state) }
    }

    private mutating func add(_ state: LedgerState) {
        for record in state.charters { add(record.terms) }
        for grant in state.grants.values {
            names[grant.grant.job] = names[grant.grant.job] ?? "job \(grant.grant.job.hash.prefix8)"
        }
        for pseudonym in state.pseudonyms.keys {
            names[pseudonym] = names[pseudonym] ?? "pseudonym \(pseudonym.hash.prefix8)"
        }
    }

    private mutating func add(_ terms: CharterTerms) {
        names[terms.ledgerKey] = "the ledger"
        names[terms.desk.key] = "the desk"
        for broker in terms.brokers { names[broker.noteKey] = "\(broker.name) (broker)" }
        for reviewer in terms.reviewers { names[reviewer.key] = "\(reviewer.name) (reviewer)" }
        for halter in terms.halters { names[halter.key] = "\(halter.name) (halter)" }
    }

    /// Whether a charter gave this name to the key, with its role or without.
    func isCalled(_ name: String, _ key: VerifyingKey) -> Bool {
        guard let known = names[key] else { return false }
        return known.hasSameBytes(as: name)
            || ["broker", "reviewer", "halter"].contains { role in
                known.hasSameBytes(as: "\(name) (\(role))")
            }
    }

    func name(_ key: VerifyingKey) -> String { names[key] ?? "key \(key.hash.prefix8)" }

    /// Who signed a note. A line that names no key says so: it can carry any name.
    func signers(of note: SignedNote, areValid: Bool = false) -> [String] {
        note.signatures.map { line in
            guard let key = line.namedKey else { return "a line by “\(line.name)”, which names no key" }
            let signer = name(key)
            let isValid = areValid || NoteKey(signer: key).verifies(line, over: note.text)
            return isValid ? signer : "a line by \(signer) that does not verify"
        }
    }
}
