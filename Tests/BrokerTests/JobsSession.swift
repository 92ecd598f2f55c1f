import Broker
import CofferTestKit
import Messages
import Rules
import Sealing

/// A job's end of a session with a real broker in this process.
final class JobsSession {
    private var session: AskingSession
    let id: Hash256

    init(_ session: consuming AskingSession) {
        self.id = session.id
        self.session = session
    }

    var tree: SessionHead.Tree { session.tree }

    /// Seals the next message.
    func sealed(_ message: SessionMessage) throws -> Bytes { try session.send(message) }

    func opened(_ reply: Bytes, masks: Int = 2) throws -> (partials: [[Bytes]], signed: Bool) {
        try session.receive(reply, masks: masks)
    }

    func ask(_ broker: Broker, _ positions: [AskPosition]) async throws -> (partials: [[Bytes]], signed: Bool) {
        try opened(try await broker.askInSession(try sealed(.ask(positions))))
    }

    func close(_ broker: Broker) async throws -> (partials: [[Bytes]], signed: Bool) {
        try opened(try await broker.askInSession(try sealed(.close)))
    }
}

extension World {
    /// What opens a session, before it is sent.
    func opening(
        to name: String = "acme-1", sealedTo sealing: String? = nil, of release: Hash256? = nil, by job: String = "job",
        recipient: String = "recipient", origin: String = Scenario.origin
    ) throws -> SentOpening {
        try SentOpening(
            origin: origin, release: release ?? self.release, to: Scenario.publicKey(name),
            sealing: try Scenario.sealingKey(sealing ?? name).publicKey,
            recipient: try Scenario.sealingKey(recipient).publicKey, by: Scenario.key(job))
    }

    func session(_ broker: Broker, to name: String = "acme-1") async throws -> JobsSession {
        let sent = try opening(to: name)
        let reply = try await broker.openSession(sent.body)
        return JobsSession(try sent.answered(by: reply, with: try Scenario.sealingKey("recipient")))
    }
}
