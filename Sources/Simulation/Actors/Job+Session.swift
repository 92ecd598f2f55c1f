import Messages
import Rules
import Sealing

extension World {
    /// Asks in a session: in one that is open, or in another, whose opening goes first.
    func sendInSession(_ question: Question, about number: Int, recipient: String) throws {
        let known = job.sessions.first {
            $0.broker == question.broker && $0.release == number && $0.recipient == recipient && $0.isOpen
        }
        if let known, question.signer == Cast.job {
            return send(.ask(try known.ask(question)), from: Cast.job, to: question.broker)
        }
        let key = try Cast.sealingKey(question.broker).publicKey
        let sent = try SentOpening(
            origin: Cast.origin, release: question.release.hash, to: Cast.publicKey(question.broker), sealing: key,
            recipient: try Cast.sealingKey(recipient).publicKey, by: Cast.key(question.signer))
        let opening = Opening(
            session: sent.id, broker: question.broker, release: question.release, signer: question.signer,
            body: sent.body)
        if question.signer == Cast.job { oracle.opens(sent.id, with: question.broker) }
        job.sessions.append(
            JobsSession(sent, with: question.broker, about: number, recipient: recipient, first: question))
        send(.open(opening), from: Cast.job, to: question.broker)
    }

    /// Takes the answer to an opening, and asks what waited for it.
    func take(_ opening: Opening, _ reply: Bytes) throws {
        guard let session = job.sessions.first(where: { $0.id == opening.session }), let question = session.question,
            try session.open(reply)
        else { return count("openings that were not answered") }
        count("sessions opened")
        send(.ask(try session.ask(question)), from: Cast.job, to: session.broker)
    }
}
