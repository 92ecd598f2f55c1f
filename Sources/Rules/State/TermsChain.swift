package import Ledger
package import Sealing

/// The terms that a charter and its amendments set one after the other, computed without the log.
///
/// The rules judge each amendment: it must amend the terms before it, be valid terms, give no key a second role, and
/// have the signatures that the earlier terms require. It is not checked that the log holds the amendment, or when.
package struct TermsChain: Sendable {
    private var state: LedgerState

    /// Starts from a charter whose signatures were checked.
    package init(_ charter: Charter, hash: Hash256) {
        state = LedgerState(origin: charter.heading.origin, charterHash: hash)
        state.enforce(charter.terms, hash: hash, mark: LogPosition(index: 0, time: 0), since: 0, ends: false)
    }

    package var origin: String { state.origin }

    /// The terms of the charter, then of each amendment.
    package var terms: [CharterTerms] { state.charters.map(\.terms) }

    /// Applies the next amendment, or throws the rule that it breaks.
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
