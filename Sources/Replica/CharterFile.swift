import Files
package import Ledger
package import Rules
package import Sealing

/// A checked, signed charter. Every server starts from it and every client pins it.
package struct CharterFile: Sendable {
    package let note: SignedNote
    package let charter: Charter

    package var hash: Hash256 { note.hash }
    package var origin: String { charter.heading.origin }
    package var terms: CharterTerms { charter.terms }
    package var pin: Pin { Pin(origin: origin, charterHash: hash, ledgerURL: terms.ledgerURL) }

    /// The ledger's key; a name that cannot be part of a key's is refused.
    package var ledgerKey: NoteKey {
        get throws(CofferError) {
            guard let key = terms.ledgerNoteKey(origin: origin) else {
                throw CofferError(.configuration, "The charter's origin cannot name a key.")
            }
            return key
        }
    }

    /// Checks form, rules and every signature.
    package init(parsing bytes: Bytes) throws(CofferError) {
        guard let note = try? SignedNote(parsing: bytes),
            case .charter(let charter) = try? Statement(parsing: note.text)
        else {
            throw CofferError(.configuration, "This is not a signed charter.", rule: "charter.format")
        }
        do throws(Refusal) { try charter.terms.check() } catch {
            throw CofferError(.configuration, error.message, rule: error.rule, hint: "Draft the charter again.")
        }
        // A charter sets its own signers, so judge its signatures as entry 0, stamped at its own `until`.
        var state = LedgerState(origin: charter.heading.origin, charterHash: note.hash)
        let entry = Entry(stamp: charter.heading.until ?? 0, note: note.encoded)
        if case .refused(let refusal) = state.apply(entry) {
            throw CofferError(
                .configuration, "The charter is not valid: \(refusal.message)", rule: refusal.rule,
                hint: "Everyone whose key it names must have signed it, except the witnesses.")
        }
        self.note = note
        self.charter = charter
    }

    package init(readingFrom path: String) throws(CofferError) {
        let bytes: Bytes
        do throws(CofferError) { bytes = try InputFile.read(path, atMost: 1 << 20) } catch {
            throw error.code == .notFound
                ? CofferError(
                    .configuration, "There is no charter at \(path).", hint: "Name the signed charter with --charter.")
                : CofferError(.configuration, "The charter cannot be read: \(error.message)", hint: error.hint)
        }
        try self.init(parsing: bytes)
    }
}
