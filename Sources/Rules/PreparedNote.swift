import Ledger
package import Sealing

/// A note with everything that can be said of it without a state: parsed, hashed, and its signatures checked.
///
/// Making one costs nearly all that an entry costs, and depends on nothing else, so that many are made at once, on all
/// cores; `State.apply` then takes them one after the other.
package struct PreparedNote: Sendable {
    /// Nil for what is no signed note of a known statement.
    package let content: Content?

    /// A class, of which nothing changes: it is made on one core and read on another, where each reference that a copy
    /// counts is a line of cache to be fetched.
    package final class Content: Sendable {
        package let statement: Statement
        /// The statement's identity.
        package let hash: Hash256
        /// Who signed; nil when the signatures are not what any rule takes.
        let signers: NoteSigners?

        fileprivate init(statement: Statement, hash: Hash256, signers: NoteSigners?) {
            self.statement = statement
            self.hash = hash
            self.signers = signers
        }

        /// Who signed, if every line is by a key that it names and was found to verify.
        package var validSigners: Set<VerifyingKey>? { signers.flatMap { $0.areValid ? Set($0.keys) : nil } }
    }

    /// Parses, hashes and checks. Without `isChecking` signatures are left until a rule asks for them.
    package init(_ bytes: Bytes, isChecking: Bool = true) { self.init(bytes[...], isChecking: isChecking) }

    /// The same of a note where it stands.
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

/// The keys that the lines of a note name: every line one by its hex, and no key twice.
struct NoteSigners: Sendable {
    let keys: [VerifyingKey]
    private let signatures: Signatures

    /// What was found when they were checked; before that, what there is to check.
    private enum Signatures {
        case unchecked(NoteSlice)
        case checked(areValid: Bool)
    }

    /// Nil when a line names no key, or one that stands twice.
    init?(_ note: NoteSlice, isChecking: Bool = false) {
        guard let keys = note.namedKeys else { return nil }
        self.keys = keys
        signatures = isChecking ? .checked(areValid: note.isValidlySigned(by: keys)) : .unchecked(note)
    }

    /// Whether every line is by its key.
    var areValid: Bool {
        switch signatures {
        case .unchecked(let note): note.isValidlySigned(by: keys)
        case .checked(let areValid): areValid
        }
    }
}
