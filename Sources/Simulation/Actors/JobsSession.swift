import Messages
import Sealing

/// A session of the job with one broker about one release: opening, open, or waiting for an answer.
final class JobsSession {
    let id: Hash256
    let broker: String
    /// The number of the release among the job's.
    let release: Int
    /// The key that its answers are sealed to.
    let recipient: String
    private var sent: SentOpening?
    private var session: AskingSession?
    /// The ask that waits for the session, or for its answer.
    private(set) var question: Question?
    private(set) var isWaiting = true

    init(_ sent: consuming SentOpening, with broker: String, about release: Int, recipient: String, first: Question) {
        self.id = sent.id
        self.broker = broker
        self.release = release
        self.recipient = recipient
        self.question = first
        self.sent = consume sent
    }

    /// Takes the answer to the opening; false if it does not open, or came before.
    func open(_ reply: Bytes) throws -> Bool {
        let key = try Cast.sealingKey(recipient)
        guard let sent = self.sent.take(), let session = try? sent.answered(by: reply, with: key) else { return false }
        self.session = consume session
        isWaiting = false
        return true
    }

    /// The next ask of this session.
    func ask(_ question: Question) throws -> Question {
        var question = question
        guard let body = try session?.send(.ask(question.ask.positions)) else {
            throw CofferError(.bug, "The session is not open.")
        }
        question.session = id
        question.body = body
        self.question = question
        isWaiting = true
        return question
    }

    /// The partials in an answer; nil if it is not the one that the session waits for. Then the session is over.
    func take(_ box: Bytes, masks: Int) -> [[Bytes]]? {
        guard isWaiting, session != nil else { return nil }
        isWaiting = false
        guard let partials = try? session?.receive(box, masks: masks).partials else {
            session = nil
            return nil
        }
        return partials
    }

    var isOpen: Bool { session != nil && !isWaiting }
}
