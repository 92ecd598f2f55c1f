import FoundationEssentials
import Ledger
import Messages
import Replica
import Rules
package import Sealing

/// Contradicting statements of brokers about the state, in a file that a laptop wrote. A replay of the log shows which
/// brokers signed a state that the log never had.
package struct StateEvidence: Sendable {
    private static let maximumNotes = 16

    private let notes: [(note: SignedNote, stated: StateNote)]

    /// Whether a file declares itself to be such evidence.
    package static func isOne(_ bytes: Bytes) -> Bool { bytes.starts(with: EvidenceDirectory.stateOpening.utf8) }

    package init(parsing bytes: Bytes) throws(CofferError) {
        guard Self.isOne(bytes), bytes.count <= 3 * SignedNote.maximumCheckpointCount,
            let text = String(validating: bytes, as: UTF8.self)
        else { throw Self.malformed }
        var notes: [(SignedNote, StateNote)] = []
        for section in EvidenceSection.all(in: text) where section.title == EvidenceDirectory.stateTitle {
            guard notes.count < Self.maximumNotes, let note = try? SignedNote(parsing: section.note),
                let stated = try? StateNote(parsing: note.text)
            else { throw Self.malformed }
            notes.append((note, stated))
        }
        guard !notes.isEmpty else { throw Self.malformed }
        self.notes = notes
    }

    private static let malformed = CofferError(
        .tampering, "This file does not hold what brokers signed about a state.", rule: "evidence.format")

    /// The sizes at which a replay must remember the state, with the retention that brokers use.
    package var sizes: Set<UInt64> { Set(notes.map(\.stated.size.rawValue)) }

    /// The verdict of a log replayed with these sizes: code `.tampering` (exit 65) for a conviction, otherwise `.no`
    /// (exit 1).
    package func verdict(by log: Replayed) -> CofferError {
        let brokers = log.state.charters.flatMap(\.terms.brokers)
        var lies: [String] = []
        for (note, stated) in notes {
            guard let broker = brokers.last(where: { $0.noteKey == stated.broker }),
                (try? StateNote(note, origin: log.state.origin, broker: broker.noteKey)) != nil
            else {
                return CofferError(
                    .no, "One of the notes is not signed by a broker of this log: it proves nothing.",
                    rule: "evidence.signature")
            }
            guard stated.size <= log.checkpoint.checkpoint.size else {
                return CofferError(
                    .no,
                    "\(broker.name) signed a state of \(stated.size) entries, and this log has \(log.checkpoint.size).",
                    rule: "evidence.size", hint: "Name a ledger that has them in COFFER_LEDGER.")
            }
            if let lie = Self.lie(stated, log.reached[stated.size.rawValue]) {
                lies.append("\(broker.name) signed, of \(stated.size) entries, \(lie)")
            }
        }
        guard !lies.isEmpty else {
            return CofferError(
                .no, "What these brokers signed agrees with the log: it proves nothing.",
                rule: "evidence.undecided")
        }
        return CofferError(
            .tampering, "Convicted: \(lies.joined(separator: "; ")).", rule: "state",
            hint: "Publish the evidence. If only a snapshot differs, the broker may have run another version.")
    }

    private static func lie(_ stated: StateNote, _ reached: LedgerSnapshot?) -> String? {
        guard let reached else { return "a state of a log that has not begun" }
        if reached.root != stated.root { return "another tree than the ledger's" }
        if reached.state.digest != stated.state { return "another state than the entries lead to" }
        if Hash256(of: reached.encoded) != stated.snapshot { return "another snapshot than that state's" }
        return nil
    }
}
