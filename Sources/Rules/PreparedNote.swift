import Ledger
package import Sealing

/// A note with everything computed that needs no state: parsed, hashed, and its signatures checked.
///
/// This is nearly the whole cost of an entry and depends on nothing else, so many notes are prepared in parallel on all
/// cores. `LedgerState.apply` then takes them one after the other.
package struct PreparedNote: Sendable {
    /// Nil when the bytes are not a signed note of a known statement.
    package let content: Content?

    /// An immutable class. It is made on one core and read on another, and copies of a struct would update many
    /// reference counts across cores.
    package final class Content: Sendable {
        package let statement: Statement
        /// The statement's identity.
        package let hash: Hash256
        /// Who signed; nil when the signature lines have a form that no rule accepts.
        let signers: NoteSigners?

        fileprivate init(statement: Statement, hash: Hash256, signers: NoteSigners?) {
            self.statement = statement
            self.hash = hash
            self.signers = signers
        }

        /// Who signed, if every line names its key and verified.
        package var validSigners: Set<VerifyingKey>? { signers.flatMap { $0.areValid ? Set($0.keys) : nil } }
    }

    /// Parses, hashes and checks. With `isChecking` false, signatures are checked only when a rule needs them.
    package init(_ bytes: Bytes, isChecking: Bool = true) { self.init(bytes[...], isChecking: isChecking) }

    /// Parses, hashes and checks, without a copy of the note.
    package init(_ bytes: ArraySlice<UInt8>, isChecking: Bool = true) {
        guard let note = try? NoteSlice(parsing: bytes),
            let statement = try? Statement(parsing: note.text)
        else {
            content = nil
            return
        }
        content = Content(
            statement: statement, hash: note.hash, signers: NoteSigners(note, isChecking: isChecking))
    }
}

/// The keys that a note's signature lines name: one per line, by its hex, and no key twice.
struct NoteSigners: Sendable {
    let keys: [VerifyingKey]
    private let signatures: Signatures

    /// The result of the check, or before it the signatures to check.
    private enum Signatures {
        case unchecked(NoteSlice)
        case checked(areValid: Bool)
    }

    /// Nil when a line names no key or repeats a key.
    init?(_ note: NoteSlice, isChecking: Bool = false) {
        guard let keys = note.namedKeys else { return nil }
        self.keys = keys
        signatures = isChecking ? .checked(areValid: note.isValidlySigned(by: keys)) : .unchecked(note)
    }

    /// Whether every line is a valid signature by its key.
    var areValid: Bool {
        switch signatures {
        case .unchecked(let note): note.isValidlySigned(by: keys)
        case .checked(let areValid): areValid
        }
    }
}
