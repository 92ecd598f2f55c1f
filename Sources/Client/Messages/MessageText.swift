package import Ledger
package import Sealing

/// The text of what passes between a client and a server and is never logged: `coffer/v1/TYPE`, newline, one
/// canonical JSON object, newline (DESIGN §3).
enum MessageText {
    static func make(_ type: String, _ members: [CanonicalJSON.Member]) -> Bytes {
        Array("coffer/v1/\(type)\n".utf8) + CanonicalJSON.object(members).encoded + [10]
    }

    /// The object of a text of exactly this type.
    static func object(_ type: String, in text: Bytes) throws(FormatError) -> CanonicalObject {
        let head = Array("coffer/v1/\(type)\n".utf8)
        guard text.starts(with: head), text.last == 10, text.count > head.count else { throw .notCanonical }
        return try CanonicalObject(parsing: text[head.count..<(text.count - 1)])
    }
}

extension SignedNote {
    /// A note over a message's text, signed by this key alone.
    static func message(_ text: Bytes, by key: SigningKey) throws(CofferError) -> SignedNote {
        guard text.count < SignedNote.maximumCount, var note = try? SignedNote(text: text, signatures: []) else {
            throw CofferError(.bug, "A message has a form that no note can carry.")
        }
        note.sign(with: key)
        return note
    }

    /// Whether exactly this key signed, and nobody else.
    package func isSigned(byExactly key: VerifyingKey) -> Bool {
        guard signatures.count == 1, let signers = try? signers() else { return false }
        return signers == [key]
    }
}
