package import Ledger
import Rules
package import Sealing

/// A broker's signed receipt: it stored a consent's sub-keys, or it obeys a stopping statement.
///
/// `coffer/v1/deposit-receipt` {origin, consent, broker, time}, `coffer/v1/stop-receipt` {origin, statement, broker,
/// time}.
package struct Receipt: Hashable, Sendable {
    package enum Subject: String, Hashable, Sendable {
        case deposit, stop

        fileprivate var type: String { rawValue + "-receipt" }
        fileprivate var member: String { self == .deposit ? "consent" : "statement" }
    }

    package let subject: Subject
    package let origin: String
    /// The hash of the consent, or of the stopping statement.
    package let statement: Hash256
    /// The broker's note key.
    package let broker: VerifyingKey
    package let time: Milliseconds

    package init(_ subject: Subject, origin: String, statement: Hash256, broker: VerifyingKey, time: Milliseconds) {
        self.subject = subject
        self.origin = origin
        self.statement = statement
        self.broker = broker
        self.time = time
    }

    package var text: Bytes {
        NoteText.make(
            subject.type,
            [
                .init("origin", .string(origin)), .init(subject.member, .hex(statement)),
                .init("broker", .string(broker.hex)), .init("time", .milliseconds(time)),
            ])
    }

    package init(_ subject: Subject, parsing text: Bytes) throws(FormatError) {
        var object = try MessageText.object(subject.type, in: text)
        self.subject = subject
        self.origin = try object.string("origin", atMost: 255)
        self.statement = try object.hash(subject.member)
        self.broker = try object.key("broker")
        self.time = try object.milliseconds("time")
        try object.finish()
    }

    /// Parses a note that only this broker signed for this statement. Otherwise throws `.tryLater` with rule
    /// `receipt.mismatch`: anyone on the way can send another note.
    package init(_ subject: Subject, note: SignedNote, origin: String, statement: Hash256, broker: VerifyingKey)
        throws(CofferError)
    {
        guard note.isSigned(byExactly: broker), let receipt = try? Receipt(subject, parsing: note.text),
            receipt.origin.hasSameBytes(as: origin), receipt.statement == statement, receipt.broker == broker
        else { throw .unusable("The receipt is not for what was sent.", rule: "receipt.mismatch") }
        self = receipt
    }
}
