import Client
import CofferTestKit
import Ledger
import Messages
import Rules
import Sealing
import Synchronization
import Testing

@testable import Job

/// How a job asks brokers over HTTP: in sessions, and alone where a session does not serve.
@Suite("Asking in sessions")
struct AskerTests {
    private static let seat = Scenario.terms().groups[0].brokers[0]
    private static let release = Hash256(of: [1])

    private let network: ScriptedTransport
    private let broker: ScriptedBroker
    private let recipient: SealingPrivateKey
    private let asker: HTTPBrokerAsker

    private init(pause: @escaping Pause) throws {
        broker = ScriptedBroker(Self.seat, release: Self.release)
        network = ScriptedTransport { [broker] request async throws(CofferError) in broker.answer(request) }
        recipient = try SealingPrivateKey()
        asker = HTTPBrokerAsker(job: Scenario.key("job"), transport: network, pause: pause)
    }

    init() throws { try self.init(pause: usualPause) }

    private func ask(_ at: UInt32 = 0) async throws -> [[Bytes]] {
        let ask = Ask(
            origin: Scenario.origin, release: Self.release, recipient: recipient.publicKey,
            positions: [AskPosition(at: at, kind: "keys", app: "code", day: 20_780)])
        return try await asker.ask(ask, of: Self.seat, holding: 2, recipient: recipient)
    }

    private var paths: [String] { network.requests.map(\.path) }

    @Test("One session serves all asks that come one after the other, and is closed")
    func oneSession() async throws {
        for at in 0..<4 { #expect(try await ask(UInt32(at)) == ScriptedBroker.partials) }
        #expect(paths == ["session"] + Array(repeating: "session/ask", count: 4))
        #expect(await asker.close(Self.release).isEmpty)
        #expect(paths.count == 6)
        #expect(broker.closed == 1)
        // Nothing is open, so nothing is closed again; the next ask opens another.
        #expect(await asker.close(Self.release).isEmpty)
        _ = try await ask()
        #expect(paths.suffix(2) == ["session", "session/ask"])
    }

    @Test("After a lost reply it opens another session; after two it asks alone, signed", arguments: 1...3)
    func lostReplies(count: Int) async throws {
        _ = try await ask()
        broker.lose(count)
        #expect(try await ask() == ScriptedBroker.partials)
        let again = ["session", "session/ask", "session/ask", "session", "session/ask"]
        #expect(paths == (count == 1 ? again : again + ["ask"]))
        // A session with a lost reply is never used again.
        broker.lose(0)
        _ = try await ask()
        #expect(broker.opened == (count == 1 ? 2 : 3))
    }

    @Test("A session that the broker has no more is replaced")
    func ended() async throws {
        _ = try await ask()
        broker.forget()
        #expect(try await ask() == ScriptedBroker.partials)
        #expect(paths.suffix(3) == ["session/ask", "session", "session/ask"])
    }

    @Test("A broker without sessions is asked alone, and asked for a session only once")
    func olderBroker() async throws {
        network.route(Self.seat.url + "/session") { _ in .text(404, "") }
        for _ in 0..<2 { #expect(try await ask() == ScriptedBroker.partials) }
        #expect(paths == ["session", "ask", "ask"])
    }

    @Test("A refusal is a refusal: nothing is asked again", arguments: ["revoked", "page.erased", "halted"])
    func refused(rule: String) async throws {
        _ = try await ask()
        network.route(Self.seat.url + "/session/ask") { _ in .refusal(rule: rule) }
        await #expect(throws: CofferError(.refused, "", rule: rule)) { _ = try await ask() }
        #expect(paths == ["session", "session/ask", "session/ask"])
        // The broker ended that session with its refusal, so the job does not use it again.
        await #expect(throws: CofferError(.refused, "", rule: rule)) { _ = try await ask() }
        #expect(paths.suffix(2) == ["session", "session/ask"])
    }

    @Test("An answer of another shape or session ends with an error, and its session")
    func mismatch() async throws {
        _ = try await ask()
        let bad = Mutex(true)
        network.route(Self.seat.url + "/session/ask") { [broker] request in
            guard bad.withLock({ $0 }) else { return broker.answer(request) }
            return .ok(Bytes(repeating: 1, count: 100))
        }
        await #expect(throws: CofferError(.tampering, "", rule: "answer.mismatch")) { _ = try await ask() }
        bad.withLock { $0 = false }
        #expect(try await ask() == ScriptedBroker.partials)
        #expect(paths.suffix(2) == ["session", "session/ask"])
    }

    @Test("A broker that hangs at the close is named, and not waited for")
    func hangsAtTheClose() async throws {
        let tests = try AskerTests(pause: {})
        _ = try await tests.ask()
        tests.network.silence(Self.seat.url)
        #expect(await tests.asker.close(Self.release) == [Self.seat.name])
    }

    @Test("An ask that nobody waits for is not repeated, and its session is not used again")
    func cancelled() async throws {
        _ = try await ask()
        let hung = Self.seat.url + "/session/ask"
        network.silence(hung)
        let late = Task { try await self.ask(1) }
        try await waitUntil("the broker has the ask") { paths.count == 3 }
        late.cancel()
        await #expect(throws: CofferError(.tryLater, "")) { _ = try await late.value }
        #expect(paths == ["session", "session/ask", "session/ask"])
        network.route(hung) { [broker] request in broker.answer(request) }
        #expect(try await ask(2) == ScriptedBroker.partials)
        #expect(paths.suffix(2) == ["session", "session/ask"] && broker.opened == 2)
    }

    @Test("Asks at the same time have a session each, and a broker that does not sign at the close is named")
    func lanes() async throws {
        let both = try await withThrowingTaskGroup(of: [[Bytes]].self) { group in
            network.hold()
            for at in 0..<2 { group.addTask { try await self.ask(UInt32(at)) } }
            var arrived = 0
            for await _ in network.arrivals {
                arrived += 1
                if arrived == 2 { break }
            }
            network.release()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(both == [ScriptedBroker.partials, ScriptedBroker.partials])
        #expect(broker.opened == 2)
        broker.lose(1)
        #expect(await asker.close(Self.release) == [Self.seat.name])
        #expect(broker.closed == 2)
    }
}

/// A broker that judges nothing and gives the same partials for everything.
private final class ScriptedBroker: Sendable {
    static let partials = [[Bytes(repeating: 1, count: 32), Bytes(repeating: 2, count: 32)]]

    private struct Held {
        var sessions: [Hash256: Shared] = [:]
        var lost = 0
        var (opened, closed) = (0, 0)
    }

    private final class Shared: Sendable {
        let session: Mutex<AnsweringSession>
        init(_ session: consuming AnsweringSession) { self.session = Mutex(session) }
    }

    private let held = Mutex(Held())
    private let seat: CharterTerms.Broker
    private let release: Hash256

    init(_ seat: CharterTerms.Broker, release: Hash256) {
        self.seat = seat
        self.release = release
    }

    var opened: Int { held.withLock(\.opened) }
    var closed: Int { held.withLock(\.closed) }
    /// So many answers in sessions are lost from now on.
    func lose(_ count: Int) { held.withLock { $0.lost = count } }
    func forget() { held.withLock { $0.sessions = [:] } }

    func answer(_ request: ScriptedTransport.Request) -> HTTPReply? {
        let body = request.body ?? []
        switch request.path {
        case "session": return (try? open(body)).map { .ok($0) } ?? .text(400, "")
        case "session/ask":
            let id = try? Hash256(body.prefix(32))
            guard let id, let shared = held.withLock({ $0.sessions[id] }) else {
                return HTTPReply(
                    status: 404, body: ErrorReply(CofferError(.notFound, "None.", rule: "session.end")).json.encoded)
            }
            let reply = try? next(body, in: shared)
            let isLost = held.withLock { held in
                guard held.lost > 0 else { return false }
                held.lost -= 1
                return true
            }
            return isLost ? nil : reply.map { .ok($0) } ?? .text(400, "")
        case "ask": return (try? alone(body)).map { .ok($0) } ?? .text(400, "")
        default: return .text(404, "")
        }
    }

    private var key: SigningKey { Scenario.key(seat.name) }
    private var tree: SessionHead.Tree { SessionHead.Tree(size: 3, root: Hash256(of: [3])) }

    private func open(_ body: Bytes) throws -> Bytes {
        let opening = ReceivedOpening(
            body[32...], origin: Scenario.origin, release: release, with: try Scenario.sealingKey(seat.name))
        guard let opening, opening.isMade(for: key.publicKey) else { throw CofferError(.refused, "") }
        var session = try AnsweringSession(opening)
        let reply = try session.opened(at: tree, by: key)
        let id = session.id
        let shared = Shared(session)
        held.withLock { held in
            held.sessions[id] = shared
            held.opened += 1
        }
        return reply
    }

    private func next(_ body: Bytes, in shared: Shared) throws -> Bytes {
        try shared.session.withLock { session in
            let message = try session.receive(body[32...])
            if message == .close { held.withLock { $0.closed += 1 } }
            let partials = message == .close ? [] : Self.partials.flatMap { $0.flatMap { $0 } }
            return try session.answer(message, partials: partials, at: tree, by: key)
        }
    }

    private func alone(_ body: Bytes) throws -> Bytes {
        let own = try Scenario.sealingKey(seat.name)
        let info = HPKEInfo.statement(.ask, origin: Scenario.origin, statement: release, recipient: own.publicKey)
        let note = try SignedNote(parsing: try SealedBox.open(Array(body.dropFirst(32)), with: own, info: info))
        let ask = try Ask(parsing: note.text)
        let partials = Self.partials.flatMap { $0.flatMap { $0 } }
        let answer = Answer(
            origin: Scenario.origin, release: release, ask: ask.hash, broker: key.publicKey, size: tree.size,
            root: tree.root, partials: partials)
        return try SealedAnswer.seal(answer, partials: partials, by: key, to: ask.recipient)
    }
}
