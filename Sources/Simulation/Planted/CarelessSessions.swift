import Broker
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Synchronization

/// A broker with a bug in its sessions. It asks the real one first, as if it were asked alone, and goes on where the
/// real one refuses by what the bug skips.
final class CarelessSessions: Answering {
    private struct Held {
        let release: Hash256
        let session: LiarsSession
        let recipient: SealingPublicKey
    }

    /// Whether it skips the stops that came after a session's opening; else it takes openings of other brokers.
    private let isBlindToStops: Bool
    private let careless: CarelessBroker
    private let held = Mutex<[Hash256: Held]>([:])

    init(isBlindToStops: Bool, careless: CarelessBroker) {
        self.isBlindToStops = isBlindToStops
        self.careless = careless
    }

    private var broker: Broker { careless.broker }

    func ask(_ body: Bytes) async throws(BrokerRefusal) -> Bytes { try await broker.ask(body) }

    func stop(_ body: Bytes) async throws(BrokerRefusal) -> Bytes { try await broker.stop(body) }

    func openSession(_ body: Bytes) async throws(BrokerRefusal) -> Bytes {
        let reply: Bytes
        do throws(BrokerRefusal) { reply = try await broker.openSession(body) } catch {
            guard !isBlindToStops, error.error.rule == "session.broker", let taken = await open(body) else {
                throw error
            }
            return taken
        }
        guard isBlindToStops else { return reply }
        return await open(body) ?? reply
    }

    /// Opens a session, whatever the note says.
    private func open(_ body: Bytes) async -> Bytes? {
        guard let release = try? Hash256(body.prefix(32)), let key = try? Cast.sealingKey(careless.name),
            let opening = ReceivedOpening(body[32...], origin: Cast.origin, release: release, with: key),
            let tree = await tree
        else { return nil }
        let (id, recipient) = (opening.note.hash, opening.opening.recipient)
        guard let session = try? AnsweringSession(opening) else { return nil }
        let shared = LiarsSession(session, at: tree)
        held.withLock { $0[id] = Held(release: release, session: shared, recipient: recipient) }
        return try? shared.opened(by: Cast.key(careless.name))
    }

    private var tree: SessionHead.Tree? {
        get async {
            await broker.follower.followed.map {
                SessionHead.Tree(size: SaturatingUInt64(rawValue: $0.checkpoint.size), root: $0.checkpoint.root)
            }
        }
    }

    func askInSession(_ body: Bytes) async throws(BrokerRefusal) -> Bytes {
        guard let id = try? Hash256(body.prefix(32)), let held = held.withLock({ $0[id] }) else {
            return try await broker.askInSession(body)
        }
        guard case .ask(let positions) = held.session.receive(body), let tree = await tree else { throw .failed }
        let ask = Ask(origin: Cast.origin, release: held.release, recipient: held.recipient, positions: positions)
        guard let alone = try? signed(ask) else { throw .failed }
        do throws(BrokerRefusal) { _ = try await broker.ask(alone) } catch {
            guard ["halted", "page.erased"].contains(error.error.rule) else { throw error }
        }
        guard let state = await broker.follower.followed?.state,
            let partials = try? careless.partials(ask, in: state),
            let answer = held.session.answer(.ask(positions), partials, at: tree, by: Cast.key(careless.name))
        else { throw BrokerRefusal.failed }
        return answer
    }

    /// What the job would ask alone.
    private func signed(_ ask: Ask) throws -> Bytes {
        let key = try Cast.sealingKey(careless.name).publicKey
        let info = HPKEInfo.statement(.ask, origin: Cast.origin, statement: ask.release, recipient: key)
        let note = try SignedNote.message(ask.text, by: Cast.key(Cast.job)).encoded
        return ask.release.bytes + (try SealedBox.seal(note, to: key, info: info))
    }
}
