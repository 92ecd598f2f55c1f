import Ledger
package import Sealing

/// A job's end of a session with one broker about one release (page AskAndAnswer, "A session").
///
/// It sends one message at a time and must have its answer before the next. After an answer that does not come or does
/// not match, it must be dropped. It cannot be copied and is never stored.
package struct AskingSession: ~Copyable, Sendable {
    package let id: Hash256
    private let origin: String
    private let broker: VerifyingKey
    /// The tree that the broker signed last; every answer since was judged at it.
    package private(set) var tree: SessionHead.Tree
    private var asks: SealingContext
    private var answers: OpeningContext
    private var transcript: SessionTranscript
    /// The message whose answer has not come.
    private var pending: (message: SessionMessage, text: Bytes)?

    fileprivate init(
        _ sent: consuming SentOpening, answeredBy reply: Bytes, with recipient: SealingPrivateKey
    ) throws(CofferError) {
        let opening = sent.opening
        let id = sent.id
        let encapsulated = reply.prefix(SealedBox.encapsulatedCount)
        let info = SessionOpening.answersInfo(
            origin: opening.origin, release: opening.release, recipient: recipient.publicKey)
        let transcript = SessionTranscript(session: id, encapsulated: encapsulated)
        guard var answers = try? OpeningContext(encapsulated, with: recipient, info: info),
            let head = try? answers.open(reply.dropFirst(SealedBox.encapsulatedCount)),
            let (note, partials) = try? AnswerContent.parse(head), partials.isEmpty,
            let tree = Self.tree(
                signedIn: note, origin: opening.origin, session: id, broker: opening.broker, transcript)
        else { throw .answerMismatch }
        self.id = id
        self.origin = opening.origin
        self.broker = opening.broker
        self.tree = tree
        self.answers = answers
        self.transcript = transcript
        self.asks = sent.asks
    }

    /// The body of a message: session ‖ sealed text.
    package mutating func send(_ message: SessionMessage) throws(CofferError) -> Bytes {
        guard pending == nil else { throw CofferError(.bug, "A session sends one message at a time.") }
        let text = message.text
        pending = (message, text)
        do throws(SealingError) { return id.bytes + (try asks.seal(text)) } catch {
            throw CofferError(.tryLater, "The session has sent as many messages as it may.", rule: "session.end")
        }
    }

    /// Takes the answer to the message sent last, of a broker that holds `masks` sub-keys. `signed` says whether the
    /// broker signed a head with it.
    package mutating func receive(_ box: Bytes, masks: Int) throws(CofferError) -> (partials: [[Bytes]], signed: Bool) {
        guard let (message, text) = pending else { throw CofferError(.bug, "The session has sent nothing.") }
        var cut: [[Bytes]]? = []
        let note: Bytes
        do {
            let content = try AnswerContent.parse(try answers.open(box))
            note = content.note
            transcript.add(text, partials: content.partials)
            if message == .close {
                guard content.partials.isEmpty, !note.isEmpty else { throw CofferError.answerMismatch }
            } else {
                cut = AnswerContent.cut(content.partials, positions: message.positions.count, masks: masks)
            }
        } catch {
            throw .answerMismatch
        }
        guard let cut else { throw .answerMismatch }
        if !note.isEmpty {
            guard
                let tree = Self.tree(signedIn: note, origin: origin, session: id, broker: broker, transcript)
            else { throw .answerMismatch }
            self.tree = tree
        }
        pending = nil
        return (cut, !note.isEmpty)
    }

    /// The tree of a head that the broker signed for this session and exactly this transcript.
    private static func tree(
        signedIn bytes: Bytes, origin: String, session: Hash256, broker: VerifyingKey, _ transcript: SessionTranscript
    ) -> SessionHead.Tree? {
        guard let note = try? SignedNote(parsing: bytes), let head = try? SessionHead(parsing: note.text),
            note.isSigned(byExactly: broker), head.broker == broker, head.origin.hasSameBytes(as: origin),
            head.session == session, head.transcript == transcript.hash
        else { return nil }
        return head.tree
    }
}

/// An opening that a job has sent, until its answer comes.
package struct SentOpening: ~Copyable, Sendable {
    /// The body to send: hash(release) ‖ encapsulated key ‖ sealed note.
    package let body: Bytes
    /// The session that it opens: the hash of its text.
    package let id: Hash256
    fileprivate let opening: SessionOpening
    fileprivate var asks: SealingContext

    package init(
        origin: String, release: Hash256, to broker: VerifyingKey, sealing: SealingPublicKey,
        recipient: SealingPublicKey, by job: SigningKey
    ) throws(CofferError) {
        let info = SessionOpening.asksInfo(origin: origin, release: release, broker: sealing)
        var asks = try Self.usable { () throws(SealingError) in try SealingContext(to: sealing, info: info) }
        let opening = SessionOpening(
            origin: origin, release: release, broker: broker, encapsulatedHash: Hash256(of: asks.encapsulated),
            recipient: recipient)
        let note = try SignedNote.message(opening.text, by: job)
        let box = try Self.usable { () throws(SealingError) in try asks.seal(note.encoded) }
        self.id = note.hash
        self.body = release.bytes + asks.encapsulated + box
        self.opening = opening
        self.asks = asks
    }

    private static func usable<R: ~Copyable>(_ body: () throws(SealingError) -> R) throws(CofferError) -> R {
        do throws(SealingError) { return try body() } catch { throw .brokerSealingKey }
    }

    /// The session, if the broker's answer is sealed to the release's recipient and signed for exactly this opening.
    package consuming func answered(
        by reply: Bytes, with recipient: SealingPrivateKey
    ) throws(CofferError) -> AskingSession {
        try AskingSession(self, answeredBy: reply, with: recipient)
    }
}

extension CofferError {
    package static let brokerSealingKey = CofferError(
        .configuration, "A broker's sealing key in the charter is not valid.")
}
