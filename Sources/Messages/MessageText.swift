/// Module Messages: every message between a client and a server, once, for both sides.
///
/// It imports Sealing, Ledger and Rules, and no HTTP library. `HTTPTransport` is the protocol through which messages
/// are sent; `HTTPConnection` in Client implements it, and tests have their own.
///
/// Signed notes: `Ask`, `Answer`, `DepositKeyRequest`, `DepositKeyIssued`, `Receipt`, `StateNote`. JSON:
/// `AppendAnswer`, `BrokerStatus`, `Enrolment`, `ErrorReply`. `HTTPLimits` bounds every body.
///
/// Promises: notes parse strictly and encode to the same bytes; JSON replies may have more members; a server's error
/// never sets the codes that mean tampering or a bug of this machine.
package import Ledger
import Rules
package import Sealing

/// The text of a message between a client and a server. It has the form of a statement's text but is never logged.
enum MessageText {
    static func make(_ type: String, _ members: [CanonicalJSON.Member]) -> Bytes { NoteText.make(type, members) }

    /// The JSON object of a text of exactly this type.
    static func object(_ type: String, in text: Bytes) throws(FormatError) -> CanonicalObject {
        let parsed = try NoteText(parsing: text)
        guard parsed.type == type else { throw .notCanonical }
        return parsed.object
    }
}

extension SignedNote {
    /// Makes a note over the text of a statement or message, signed only by this key.
    package static func message(_ text: Bytes, by key: SigningKey) throws(CofferError) -> SignedNote {
        guard text.count < SignedNote.maximumCount else {
            throw CofferError(.usage, "The text is larger than a note may be.", rule: "note.size")
        }
        guard var note = try? SignedNote(text: text, signatures: []) else {
            throw CofferError(.usage, "The text holds a control character.", rule: "note.format")
        }
        note.sign(with: key)
        return note
    }

    /// Whether this key signed and no other did.
    package func isSigned(byExactly key: VerifyingKey) -> Bool {
        guard signatures.count == 1, let signers = try? signers() else { return false }
        return signers == [key]
    }
}
