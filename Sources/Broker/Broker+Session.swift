import Ledger
import Messages
import Rules
package import Sealing
import Synchronization

extension Broker {
    /// Takes hash(release) 32 ‖ encapsulated key ‖ sealed opening. Returns the answer that begins a session: another
    /// encapsulated key, to the release's recipient, and a sealed head.
    package func openSession(_ body: Bytes) async throws(BrokerRefusal) -> Bytes {
        guard body.count > 32, let hash = try? Hash256(body.prefix(32)) else {
            throw .malformed("An opening must be the hash of a release and a sealed box.")
        }
        let basis = try await basis(of: hash)
        guard let opening = ReceivedOpening(body[32...], origin: origin, release: hash, with: sealingKey) else {
            throw .malformed("The opening is not sealed to this broker for this release.")
        }
        guard opening.isMade(for: key) else {
            throw .refused("session.broker", "The opening is made for another broker or another encapsulated key.")
        }
        guard opening.note.isSigned(byExactly: basis.job) else { throw .otherJob }
        guard Release.name(of: opening.opening.recipient) == (try release(hash, in: basis.state)).release.recipient
        else {
            throw .otherRecipient
        }
        guard !sessions.contains(opening.note.hash) else { throw .repeatedOpening }
        var session: AnsweringSession
        do throws(SealingError) { session = try AnsweringSession(opening) } catch {
            throw .refused("release.recipient", "The release's recipient key is not valid.")
        }
        let reply: Bytes
        do throws(CofferError) { reply = try session.opened(at: basis.tree, by: noteKey) } catch {
            throw BrokerRefusal(error)
        }
        let held = AskSessions.Held(session, about: hash, of: basis.job, at: now())
        guard sessions.add(held, now: now()) else { throw .repeatedOpening }
        return reply
    }

    /// Takes session 32 ‖ sealed message: an ask, which is judged afresh, or the close. Returns the sealed answer. A
    /// message that was read and is not answered ends the session.
    package func askInSession(_ body: Bytes) async throws(BrokerRefusal) -> Bytes {
        guard body.count > 32, let id = try? Hash256(body.prefix(32)) else {
            throw .malformed("A message must be the hash of an opening and a sealed box.")
        }
        guard let held = sessions.living(id, now: now()) else { throw .noSuchSession }
        let message: SessionMessage
        do throws(AnsweringSession.Failure) {
            message = try held.session.withLock { session throws(AnsweringSession.Failure) in
                try session.receive(body[32...])
            }
        } catch {
            if error == .malformed || error == .exhausted { sessions.end(id) }
            throw BrokerRefusal(error)
        }
        do throws(BrokerRefusal) {
            switch message {
            case .ask(let positions): return try await answer(message, positions, in: held)
            case .close:
                let basis = try await basis(of: held.release)
                sessions.end(id)
                return try seal(message, partials: [], at: basis.tree, in: held)
            }
        } catch {
            sessions.end(id)
            throw error
        }
    }

    private func answer(
        _ message: SessionMessage, _ positions: [AskPosition], in held: AskSessions.Held
    ) async throws(BrokerRefusal) -> Bytes {
        while true {
            let basis = try await basis(of: held.release)
            guard basis.job == held.job else { throw .otherJob }
            var partials = try evaluate(positions, of: try release(held.release, in: basis.state), by: basis)
            defer { wipe(&partials) }
            // What is sealed cannot be sealed again, so this comes before it.
            if isOutdated(basis) { continue }
            let box = try seal(message, partials: partials, at: basis.tree, in: held)
            count(positions)
            return box
        }
    }

    private func seal(
        _ message: SessionMessage, partials: Bytes, at tree: SessionHead.Tree, in held: AskSessions.Held
    ) throws(BrokerRefusal) -> Bytes {
        do throws(CofferError) {
            return try held.session.withLock { session throws(CofferError) in
                try session.answer(message, partials: partials, at: tree, by: noteKey)
            }
        } catch {
            throw BrokerRefusal(error)
        }
    }
}

extension BrokerRefusal {
    static let noSuchSession = BrokerRefusal(
        CofferError(
            .notFound, "This broker has no such session: it was never opened here, or it has ended.",
            rule: "session.end", hint: "Open another one, or ask without one."))
    static let repeatedOpening = BrokerRefusal.refused(
        "session.repeated", "This opening was taken before, and its session is open.")

    fileprivate init(_ failure: AnsweringSession.Failure) {
        self =
            switch failure {
            case .busy:
                BrokerRefusal(
                    CofferError(.tryLater, "The session's last message has no answer yet.", rule: "session.busy"))
            case .notNext: .refused("session.message", "This is not the session's next message.")
            case .malformed: .malformed("The message is malformed.")
            case .exhausted: .noSuchSession
            }
    }
}
