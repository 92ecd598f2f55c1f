package import Ledger
package import Sealing

/// The terms that a charter and its amendments set one after the other, for whoever has these and not the log.
///
/// Each amendment is judged by the rules themselves: it amends the terms before it, may govern a ledger, takes no key
/// that had another role, and is signed by whom those terms demand. What only the log can tell is not asked: when it
/// was sequenced, and that it was.
package struct TermsChain: Sendable {
    private var state: LedgerState

    /// Of a charter whose own signatures were checked.
    package init(_ charter: Charter, hash: Hash256) {
        state = LedgerState(origin: charter.heading.origin, charterHash: hash)
        state.enforce(charter.terms, hash: hash, mark: LogPosition(index: 0, time: 0), since: 0, ends: false)
    }

    package var origin: String { state.origin }

    /// The charter's, then each amendment's.
    package var terms: [CharterTerms] { state.charters.map(\.terms) }

    /// Takes the next amendment, or refuses it by the rule that it breaks.
    package mutating func amend(_ note: SignedNote) throws(Refusal) {
        guard let statement = try? Statement(parsing: note.text), case .amend(let amend) = statement else {
            throw Refusal("malformed", "This is not an amendment.")
        }
        try require(
            amend.heading.origin.hasSameBytes(as: state.origin), "origin", "The statement is for another ledger.")
        try state.check(NoteSigners(NoteSlice(note)), try state.signerRule(for: statement))
        let (hash, mark) = (note.hash, LogPosition(index: UInt64(state.charters.count), time: 0))
        try state.admit(amend, hash, mark)
        state.pending = nil
        state.enforce(amend.terms, hash: hash, mark: mark, since: 0, ends: false)
    }
}
