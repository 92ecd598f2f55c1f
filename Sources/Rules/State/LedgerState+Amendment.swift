package import Ledger
package import Sealing

/// Terms of a logged amendment whose notice has not passed.
package struct AnnouncedTerms: Hashable, Sendable {
    /// The hash of the amendment.
    package let hash: Hash256
    package let terms: CharterTerms
    /// The amendment's own entry.
    package let mark: LogPosition
    /// The first entry with this time or a later one brings them into force.
    package let effective: Milliseconds
}

/// Announced terms, for code that must be ready for them.
extension LedgerState {
    package var announced: AnnouncedTerms? {
        pending.map { AnnouncedTerms(hash: $0.hash, terms: $0.amend.terms, mark: $0.mark, effective: $0.effective) }
    }

    /// The terms by which an entry with this stamp would be judged, and its checkpoint signed.
    package func terms(at stamp: Milliseconds) -> CharterTerms? {
        if let announced, announced.effective <= max(stamp, clock) { return announced.terms }
        return charter?.terms
    }

    /// The hash of the charter or amendment by which an entry with this stamp would be judged.
    package func termsHash(at stamp: Milliseconds) -> Hash256? {
        if let announced, announced.effective <= max(stamp, clock) { return announced.hash }
        return charter?.hash
    }

    /// The policies that the next checkpoint may satisfy: of the terms in force, and of those that the next entry may
    /// bring into force.
    package var policies: [CheckpointPolicy] {
        [charter?.terms, announced?.terms].compactMap { $0?.checkpointPolicy(origin: origin) }
    }

    /// The keys that may sign the log's next checkpoint at this time, by a clock that may be behind the ledger's by the
    /// charter's tolerance.
    package func ledgerKeys(at now: Milliseconds) -> [NoteKey] {
        guard let terms = charter?.terms else { return [] }
        var keys = [terms.ledgerNoteKey(origin: origin)]
        if let announced, announced.effective <= now + terms.tolerance {
            keys.append(announced.terms.ledgerNoteKey(origin: origin))
        }
        return keys.compactMap(\.self)
    }
}
