package import Ledger
package import Sealing

/// Amendments given in files, for a machine that cannot follow the log that holds them.
extension LedgerState {
    /// The state as it would be once these signed amendments are in force, in their order. An amendment that it has
    /// already is skipped.
    ///
    /// Each is judged by the rules, as an entry stamped as early as its `until` and its predecessors permit: the log
    /// can only have taken it then or later. Throws `.refused` with the rule for one that the rules refuse.
    package func amended(by notes: [SignedNote]) throws(CofferError) -> LedgerState {
        var state = self
        for note in notes where !state.knows(amendment: note.hash) {
            guard case .amend(let amend) = try? Statement(parsing: note.text), let until = amend.heading.until else {
                throw CofferError(.usage, "This is not a signed amendment.", rule: "amend.format")
            }
            let earliest = max(state.clock, state.pending?.effective ?? 0, until - Amend.longestUntil)
            if case .refused(let refusal) = state.apply(Entry(stamp: earliest, note: note.encoded)) {
                throw CofferError(.refused, "The amendment is not valid: \(refusal.message)", rule: refusal.rule)
            }
            state.enforcePending()
        }
        return state
    }

    private func knows(amendment hash: Hash256) -> Bool {
        pending?.hash == hash || charters.contains { $0.hash == hash }
    }
}
