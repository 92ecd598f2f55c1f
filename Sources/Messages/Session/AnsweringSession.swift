package import Ledger
import Rules
package import Sealing

/// A broker's end of a session with a release's job (page AskAndAnswer, "A session").
///
/// It takes the job's messages in their order and has one at a time under way. It judges nothing: the broker judges
/// every ask afresh. It cannot be copied and is never stored.
package struct AnsweringSession: ~Copyable, Sendable {
    package let id: Hash256
    private let origin: String
    private var asks: OpeningContext
    private var answers: SealingContext
    private var transcript: SessionTranscript
    /// The tree that was signed last.
    private var signed: SessionHead.Tree?
    /// The text of the message whose answer is not sealed.
    private var pending: Bytes?

    /// Why a message is not taken.
    package enum Failure: Error, Equatable, Sendable {
        /// The last message has no answer yet. Nothing was read.
        case busy
        /// These bytes are not the next message. The next one can still come.
        case notNext
        /// The job sealed something that is no message.
        case malformed
        /// The session has had as many messages as it may.
        case exhausted
    }

    /// Begins a session, with the sealing context to the opening's recipient.
    package init(_ opening: consuming ReceivedOpening) throws(SealingError) {
        let named = opening.opening
        let info = SessionOpening.answersInfo(
            origin: named.origin, release: named.release, recipient: named.recipient)
        let answers = try SealingContext(to: named.recipient, info: info)
        self.transcript = SessionTranscript(session: opening.note.hash, encapsulated: answers.encapsulated)
        self.answers = answers
        self.id = opening.note.hash
        self.origin = named.origin
        self.asks = opening.asks
    }

    /// The answer to the opening: encapsulated key ‖ sealed head.
    package mutating func opened(at tree: SessionHead.Tree, by broker: SigningKey) throws(CofferError) -> Bytes {
        answers.encapsulated + (try seal([], signing: true, at: tree, by: broker))
    }

    /// Opens the next message.
    package mutating func receive(_ box: some Collection<UInt8>) throws(Failure) -> SessionMessage {
        guard pending == nil else { throw .busy }
        let text: Bytes
        do throws(SealingError) { text = try asks.open(box) } catch {
            throw error == .exhausted ? .exhausted : .notNext
        }
        guard let message = try? SessionMessage(parsing: text) else { throw .malformed }
        pending = text
        return message
    }

    /// Seals the answer to the message under way. It is signed when the tree is another one than at the last signature,
    /// and at the close.
    package mutating func answer(
        _ message: SessionMessage, partials: Bytes, at tree: SessionHead.Tree, by broker: SigningKey
    ) throws(CofferError) -> Bytes {
        guard let text = pending else { throw CofferError(.bug, "No message is under way in this session.") }
        transcript.add(text, partials: partials)
        pending = nil
        return try seal(partials, signing: message == .close || tree != signed, at: tree, by: broker)
    }

    private mutating func seal(
        _ partials: Bytes, signing: Bool, at tree: SessionHead.Tree, by broker: SigningKey
    ) throws(CofferError) -> Bytes {
        var note = Bytes()
        if signing {
            let head = SessionHead(
                origin: origin, session: id, broker: broker.publicKey, tree: tree, transcript: transcript.hash)
            note = try SignedNote.message(head.text, by: broker).encoded
            signed = tree
        }
        var content = AnswerContent.encode(note, partials)
        defer { wipe(&content) }
        do throws(SealingError) { return try answers.seal(content) } catch {
            throw CofferError(.tryLater, "The session has had as many messages as it may.", rule: "session.end")
        }
    }
}

/// An opening as a broker receives it. Nothing about it is believed before the broker has checked it.
package struct ReceivedOpening: ~Copyable, Sendable {
    package let note: SignedNote
    package let opening: SessionOpening
    /// SHA-256 of the encapsulated key that came with it.
    private let encapsulatedHash: Hash256
    fileprivate var asks: OpeningContext

    /// Takes encapsulated key ‖ sealed note. Nil if it is not sealed to this broker for this release, or no opening.
    package init?(_ box: ArraySlice<UInt8>, origin: String, release: Hash256, with key: SealingPrivateKey) {
        let encapsulated = box.prefix(SealedBox.encapsulatedCount)
        let info = SessionOpening.asksInfo(origin: origin, release: release, broker: key.publicKey)
        guard var asks = try? OpeningContext(encapsulated, with: key, info: info),
            let plaintext = try? asks.open(box.dropFirst(SealedBox.encapsulatedCount)),
            let note = try? SignedNote(parsing: plaintext), let opening = try? SessionOpening(parsing: note.text),
            opening.origin.hasSameBytes(as: origin), opening.release == release
        else { return nil }
        self.note = note
        self.opening = opening
        self.encapsulatedHash = Hash256(of: Array(encapsulated))
        self.asks = asks
    }

    /// Whether the job made it for this broker and for the key that came with it. If not, another broker relays it.
    package func isMade(for broker: VerifyingKey) -> Bool {
        opening.broker == broker && opening.encapsulatedHash == encapsulatedHash
    }
}
