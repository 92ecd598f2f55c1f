package import Ledger
package import Rules
package import Sealing

/// A draft or a signed note in plain sentences, for people who are about to sign it.
///
/// Everything that somebody else wrote stands in quotes and on one line, so that no text can pass for a sentence of
/// its own.
package struct PlainNote: Sendable {
    package let type: String
    package let hash: Hash256
    package let sentences: [String]
    /// Who has signed so far.
    package let signers: [String]
    /// What it changes in the state that it was compared with; nil without a state.
    package let changes: [String]?

    /// `state` is what the note is compared with, at the time `now`.
    package init(_ note: SignedNote, _ statement: Statement, in state: LedgerState? = nil, now: Milliseconds) {
        let names = Names(statement, in: state)
        let facts = statement.facts(names)
        type = statement.type
        hash = note.hash
        sentences = Self.heading(statement, note.hash) + facts.map(\.sentence) + Self.doubts(statement)
        signers = names.signers(of: note)
        changes = state.map { Comparison($0, statement, note.hash, now).sentences(facts, names) }
    }

    private static func heading(_ statement: Statement, _ hash: Hash256) -> [String] {
        let heading = statement.heading
        let until =
            heading.until.map { " It must be logged by \(Words.time($0))." } ?? " It is a stop: it never expires."
        return [
            "A statement of the type \(statement.type) for the ledger \(Words.quoted(heading.origin)).\(until)",
            "Its hash is \(hash.hex).",
        ]
    }

    /// What the rules say of the terms by themselves.
    private static func doubts(_ statement: Statement) -> [String] {
        let terms: CharterTerms
        switch statement {
        case .charter(let charter): terms = charter.terms
        case .amend(let amend): terms = amend.terms
        default: return []
        }
        do throws(Refusal) { try terms.check() } catch {
            return ["The rules refuse these terms: \(error.message.shown) (rule \(error.rule))"]
        }
        return []
    }
}
