import CofferTestKit
import Ledger
import Messages
import Rules
import Sealing
import Synchronization
import Testing

@testable import Broker

@Suite("A broker asked in a session")
struct SessionTests {
    private func refusal(_ body: () async throws -> Void) async -> BrokerRefusal? {
        do {
            try await body()
            return nil
        } catch {
            return error as? BrokerRefusal
        }
    }

    private func rule(_ body: () async throws -> Void) async -> String? {
        await refusal(body).map { $0.error.rule ?? "\($0.error.code)" }
    }

    private func deposited() async throws -> (World, Broker) {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        return (world, broker)
    }

    @Test("It gives what a signed ask gives, ask after ask, and counts its answers")
    func sameAnswers() async throws {
        let (world, broker) = try await deposited()
        let alone = try await world.ask(broker).partials
        let session = try await world.session(broker)
        #expect(try await session.ask(broker, world.positions()).partials == alone)
        for (at, position) in world.positions().enumerated().reversed() {
            #expect(try await session.ask(broker, [position]).partials == [alone[at]])
        }
        #expect(await broker.status.answers == 5)
        #expect(broker.counts.sessions == 1)
        #expect(try await session.close(broker).signed)
        #expect(broker.counts.sessions == 0)
    }

    @Test("It signs at the opening, at the first answer of each tree, and at the close; nothing else")
    func signatures() async throws {
        let (world, broker) = try await deposited()
        let session = try await world.session(broker)
        let first = session.tree
        #expect(first.size == SaturatingUInt64(clamping: world.scenario.entries.count))
        for _ in 0..<3 { #expect(try await !session.ask(broker, world.positions()).signed) }
        try world.log(world.scenario.erase("bob", under: world.consent, world.pages), by: ["bob"])
        try await broker.follow()
        #expect(try await session.ask(broker, world.positions()).signed)
        #expect(session.tree.size == SaturatingUInt64(clamping: world.scenario.entries.count))
        #expect(session.tree != first)
        #expect(try await !session.ask(broker, world.positions()).signed)
        #expect(try await session.close(broker).signed)
    }

    @Test("What ends between two asks is refused at the second, as it is alone, and the session is over")
    func ended() async throws {
        for (rule, end) in World.endings {
            let (world, broker) = try await deposited()
            let session = try await world.session(broker)
            _ = try await session.ask(broker, world.positions())
            try end(world)
            try await broker.follow()
            let refused = await refusal { _ = try await session.ask(broker, world.positions()) }
            #expect(refused?.error == CofferError(.refused, "", rule: rule))
            #expect(refused?.position == 0)
            #expect(refused?.error.entry == world.state.acceptedReleases[world.release]?.mark.index)
            #expect(broker.counts.sessions == 0)
        }
    }

    @Test("A stop handed to the broker between two asks binds the second, with the ledger down")
    func stopped() async throws {
        let stops: [(String, (World) -> Bytes)] = [
            ("revoked", { $0.note($0.scenario.revoke("ann"), by: ["ann"]) }),
            ("page.erased", { $0.note($0.scenario.erase("ann", under: $0.consent, [$0.pages[2]]), by: ["ann"]) }),
            ("halted", { $0.note($0.scenario.halt(), by: ["security"]) }),
        ]
        for (rule, stop) in stops {
            let (world, broker) = try await deposited()
            let session = try await world.session(broker)
            _ = try await session.ask(broker, world.positions())
            world.ledger.isDown = true
            _ = try await broker.stop(stop(world))
            #expect(await self.rule { _ = try await session.ask(broker, world.positions()) } == rule)
        }
    }

    @Test("A stop that comes while an ask is judged binds it, in a session and alone", arguments: [true, false])
    func stopMeanwhile(inSession: Bool) async throws {
        let (world, first) = try await deposited()
        // The clock is read last for the judge, after the stops were.
        let hook = Mutex<(@Sendable () -> Void)?>(nil)
        let broker = try Broker(
            noteKey: Scenario.key("acme-1"), sealingKey: try Scenario.sealingKey("acme-1"), origin: Scenario.origin,
            follower: first.follower, subKeys: first.subKeys, stopDirectory: world.path("acme-1") + "/other-stops",
            now: {
                hook.withLock { $0 }?()
                return world.clock.now
            })
        try await broker.follow()
        let session = try await world.session(broker)
        _ = try await session.ask(broker, world.positions())
        let note = try SignedNote(parsing: world.note(world.scenario.revoke("ann"), by: ["ann"]))
        let statement = try Statement(parsing: note.text)
        let readings = Mutex(0)
        let before = broker.stops.additions
        hook.withLock { hook in
            hook = {
                // In a session its life is checked by the first reading, and freshness by two.
                let number = readings.withLock { count in
                    count += 1
                    return count
                }
                if number == (inSession ? 4 : 3) { try? broker.stops.add(note, statement) }
            }
        }
        let rule = await rule {
            if inSession {
                _ = try await session.ask(broker, world.positions())
            } else {
                _ = try await world.ask(broker)
            }
        }
        #expect(rule == "revoked")
        #expect(broker.stops.additions == before + 1)
        // It judged twice.
        #expect(readings.withLock { $0 } > (inSession ? 4 : 3))
    }

    @Test("A page is refused by its first bad position, as it is alone")
    func firstBadPosition() async throws {
        let (world, broker) = try await deposited()
        let good = AskPosition(at: 0, kind: "keys", app: "code", day: world.day)
        let cases: [(AskPosition, String)] = [
            (AskPosition(at: 1, kind: "terminal", app: "code", day: world.day), "page.kind"),
            (AskPosition(at: 1, kind: "keys", app: "mail", day: world.day), "page.app"),
            (AskPosition(at: 1, kind: "keys", app: "code", day: .max), "page.day"),
            (AskPosition(at: .max, kind: "keys", app: "code", day: world.day), "position"),
        ]
        for (position, rule) in cases {
            let session = try await world.session(broker)
            let refusal = await refusal { _ = try await session.ask(broker, [good, position]) }
            #expect(refusal?.error == CofferError(.refused, "", rule: rule))
            #expect(refusal?.position == position.at)
            #expect(await self.rule { _ = try await broker.askInSession(session.id.bytes + [1]) } == "session.end")
        }
        #expect(await broker.status.answers == 0)
    }

    @Test("An opening that another broker relays is refused: it names its broker and its encapsulated key")
    func relayed() async throws {
        let (world, broker) = try await deposited()
        // The job opens a session with acme-2, which opens the note and seals it to acme-1.
        let meant = try world.opening(to: "acme-2")
        let own = try Scenario.sealingKey("acme-2")
        let info = HPKEInfo.statement(
            .asks, origin: Scenario.origin, statement: world.release, recipient: own.publicKey)
        let note = try SealedBox.open(Array(meant.body.dropFirst(32)), with: own, info: info)
        #expect(await rule { _ = try await broker.openSession(try relay(note, in: world)) } == "session.broker")
        // It names acme-1 here, but under a key that the relay encapsulated.
        let other = try world.opening(to: "acme-1", sealedTo: "acme-2")
        let named = try SealedBox.open(Array(other.body.dropFirst(32)), with: own, info: info)
        #expect(await rule { _ = try await broker.openSession(try relay(named, in: world)) } == "session.broker")
        // A signed ask is no opening, and an opening is no signed ask.
        let ask = try world.body(world.positions()).body
        #expect(await rule { _ = try await broker.openSession(ask) } == "usage")
        #expect(await rule { _ = try await broker.ask(try world.opening().body) } == "usage")
        #expect(broker.counts.sessions == 0)
    }

    /// These bytes sealed to acme-1, by someone who is not the job.
    private func relay(_ note: Bytes, in world: World) throws -> Bytes {
        let key = try Scenario.sealingKey("acme-1").publicKey
        let info = HPKEInfo.statement(.asks, origin: Scenario.origin, statement: world.release, recipient: key)
        return world.release.bytes + (try SealedBox.seal(note, to: key, info: info))
    }

    @Test("No release, another release, job, recipient, ledger or broker, noise: no session")
    func wrongOpenings() async throws {
        let (world, broker) = try await deposited()
        let second = try world.change { try $0.release(world.grant, [world.consent: [world.pages[0]]]) }
        #expect(try world.log(second, by: ["job"]).isAccepted)
        try await broker.follow()
        let cases: [(String, () throws -> Bytes)] = [
            ("release", { try world.opening(of: Hash256(of: [9])).body }),
            ("ask.job", { try world.opening(by: "stranger").body }),
            ("ask.recipient", { try world.opening(recipient: "mallory").body }),
            ("usage", { try world.opening(origin: "other.example/coffer").body }),
            ("usage", { try world.opening(sealedTo: "acme-2").body }),
            ("session.broker", { try world.opening(to: "acme-2", sealedTo: "acme-1").body }),
            // Made for one release, sent for the other.
            ("usage", { second.hash.bytes + (try world.opening(of: world.release).body.dropFirst(32)) }),
        ]
        for (expected, body) in cases {
            #expect(await rule { _ = try await broker.openSession(try body()) } == expected)
        }
        let good = try world.opening().body
        for count in [0, 31, 32, 33, 32 + SealedBox.encapsulatedCount, good.count - 1] {
            #expect(await refusal { _ = try await broker.openSession(Array(good[..<count])) } != nil)
        }
        for i in stride(from: 32, to: good.count, by: 97) {
            var bad = good
            bad[i] ^= 4
            #expect(await rule { _ = try await broker.openSession(bad) } == "usage")
        }
        #expect(broker.counts.sessions == 0)
        _ = try await broker.openSession(good)
        #expect(broker.counts.sessions == 1)
    }

    @Test("Repeated, reordered, dropped, swapped and damaged messages are refused, and the next one is still answered")
    func outOfOrder() async throws {
        let (world, broker) = try await deposited()
        let sent = try world.opening()
        let reply = try await broker.openSession(sent.body)
        #expect(await rule { _ = try await broker.openSession(sent.body) } == "session.repeated")
        let session = JobsSession(try sent.answered(by: reply, with: try Scenario.sealingKey("recipient")))
        let other = try await world.session(broker)

        let first = try session.sealed(.ask(world.positions(1)))
        for bad in [
            other.id.bytes + first.dropFirst(32), session.id.bytes + (try other.sealed(.close)).dropFirst(32),
            Array(first.dropLast()), session.id.bytes + [0], first + [0],
        ] {
            #expect(await rule { _ = try await broker.askInSession(bad) } == "session.message")
        }
        for i in stride(from: 32, to: first.count, by: 13) {
            var bad = first
            bad[i] ^= 1
            #expect(await rule { _ = try await broker.askInSession(bad) } == "session.message")
        }
        let elsewhere = Hash256(of: [1]).bytes + first.dropFirst(32)
        #expect(await rule { _ = try await broker.askInSession(elsewhere) } == "session.end")
        #expect(await rule { _ = try await broker.askInSession(session.id.bytes) } == "usage")

        _ = try session.opened(try await broker.askInSession(first))
        // The same again; then one that comes before its predecessor.
        #expect(await rule { _ = try await broker.askInSession(first) } == "session.message")
        let second = try session.sealed(.ask(world.positions(2)))
        _ = try session.opened(try await broker.askInSession(second))
        let third = try session.sealed(.ask(world.positions(3)))
        #expect(await rule { _ = try await broker.askInSession(second) } == "session.message")
        _ = try session.opened(try await broker.askInSession(third))
        // A dropped message: what follows it is not the next one.
        let lane = try Lane(asking: world)
        _ = try await broker.openSession(lane.opening)
        #expect(await rule { _ = try await broker.askInSession(lane.messages[1]) } == "session.message")
        _ = try await broker.askInSession(lane.messages[0])
        _ = try await broker.askInSession(lane.messages[1])
        #expect(try await session.close(broker).signed)
        #expect(await rule { _ = try await broker.askInSession(session.id.bytes + [1]) } == "session.end")
    }

    /// A job that seals messages without waiting for an answer.
    private struct Lane {
        let opening: Bytes
        let messages: [Bytes]

        init(sealing texts: [Bytes], in world: World) throws {
            let key = try Scenario.sealingKey("acme-1").publicKey
            let info = HPKEInfo.statement(.asks, origin: Scenario.origin, statement: world.release, recipient: key)
            var context = try SealingContext(to: key, info: info)
            let opening = SessionOpening(
                origin: Scenario.origin, release: world.release, broker: Scenario.publicKey("acme-1"),
                encapsulatedHash: Hash256(of: context.encapsulated),
                recipient: try Scenario.sealingKey("recipient").publicKey)
            let note = try SignedNote.message(opening.text, by: Scenario.key("job"))
            self.opening = world.release.bytes + context.encapsulated + (try context.seal(note.encoded))
            var messages: [Bytes] = []
            for text in texts { messages.append(note.hash.bytes + (try context.seal(text))) }
            self.messages = messages
        }

        init(asking world: World) throws {
            try self.init(sealing: (1...2).map { SessionMessage.ask(world.positions($0)).text }, in: world)
        }
    }

    @Test("Sealed bytes that are no message are malformed, and end the session")
    func malformed() async throws {
        let (world, broker) = try await deposited()
        let texts = [
            "", "coffer/v1/session-ask\n{}\n", "coffer/v1/session-ask\n{\"positions\":[]}\n", "coffer/v1/ask\n{}\n",
            "coffer/v1/session-close\n{\"positions\":[]}\n",
        ]
        for text in texts {
            let lane = try Lane(sealing: [Bytes(text.utf8)], in: world)
            _ = try await broker.openSession(lane.opening)
            #expect(await rule { _ = try await broker.askInSession(lane.messages[0]) } == "usage")
            #expect(await rule { _ = try await broker.askInSession(lane.messages[0]) } == "session.end")
        }
    }

    @Test("Without a fresh checkpoint or without sub-keys it asks for another try, and the session is over")
    func later() async throws {
        let (world, broker) = try await deposited()
        let session = try await world.session(broker)
        _ = try await session.ask(broker, world.positions())
        world.ledger.isDown = true
        world.clock.advance(by: 600_001)
        #expect(await rule { _ = try await session.ask(broker, world.positions()) } == "tryLater")
        #expect(broker.counts.sessions == 0)
        #expect(await rule { _ = try await world.session(broker) } == "tryLater")

        let other = try World.released()
        let empty = try await other.start()
        let begun = try await other.session(empty)
        #expect(await rule { _ = try await begun.ask(empty, other.positions()) } == "deposit.missing")
        #expect(empty.counts.sessions == 0)
    }

    @Test("A release has eight sessions, and the ninth ends the oldest; after an hour or a restart each is over")
    func bounds() async throws {
        let (world, broker) = try await deposited()
        var sessions: [JobsSession] = []
        for _ in 0...AskSessions.capacityOfRelease { sessions.append(try await world.session(broker)) }
        #expect(broker.counts.sessions == AskSessions.capacityOfRelease)
        #expect(await rule { _ = try await sessions[0].ask(broker, world.positions()) } == "session.end")
        _ = try await sessions[1].ask(broker, world.positions())

        let again = try await world.start()
        #expect(await rule { _ = try await sessions[2].ask(again, world.positions()) } == "session.end")

        world.clock.advance(by: AskSessions.lifetime)
        try world.publish()
        _ = try await sessions[3].ask(broker, world.positions())
        world.clock.advance(by: 1)
        #expect(await rule { _ = try await sessions[3].ask(broker, world.positions()) } == "session.end")
        // Those that nobody asked about go with the next opening.
        _ = try await world.session(broker)
        #expect(broker.counts.sessions == 1)
    }

    @Test("A clock that was set back ends sessions early")
    func setBack() async throws {
        let (world, broker) = try await deposited()
        let session = try await world.session(broker)
        world.clock.set(world.clock.now - 1)
        #expect(await rule { _ = try await session.ask(broker, world.positions()) } == "session.end")
    }

    @Test("When all room is taken, the oldest session of all makes room")
    func fullTable() throws {
        let world = try World.released()
        let table = AskSessions(capacity: 3, ofRelease: 2)
        let releases = (0..<4).map { Hash256(of: [$0]) }
        let held = try [0, 1, 1, 1, 2, 3].map { number in
            try Self.held(about: releases[number], in: world)
        }
        for session in held[..<4] { #expect(table.add(session, now: 0)) }
        #expect(!table.add(held[3], now: 0))
        // The second release had two, so its oldest went.
        #expect(held[..<4].map { table.contains($0.id) } == [true, false, true, true])
        for session in held[4...] { #expect(table.add(session, now: 0)) }
        #expect(held.map { table.contains($0.id) } == [false, false, false, true, true, true])
        #expect(table.count == 3)
        table.end(held[3].id)
        #expect(table.living(held[3].id, now: 0) == nil)
        #expect(table.living(held[4].id, now: AskSessions.lifetime) != nil)
        #expect(table.living(held[4].id, now: AskSessions.lifetime + 1) == nil)
        #expect(table.count == 1)
    }

    private static func held(about release: Hash256, in world: World) throws -> AskSessions.Held {
        let sent = try world.opening(of: release)
        let opening = ReceivedOpening(
            sent.body[32...], origin: Scenario.origin, release: release, with: try Scenario.sealingKey("acme-1"))
        guard let opening else { throw CofferError(.bug, "The opening does not open.") }
        return AskSessions.Held(
            try AnsweringSession(opening), about: release, of: Scenario.publicKey("job"), at: 0)
    }

    @Test("A second message is not read while the first is under way")
    func busy() async throws {
        let world = try World.released()
        let lane = try Lane(asking: world)
        let opening = ReceivedOpening(
            lane.opening[32...], origin: Scenario.origin, release: world.release,
            with: try Scenario.sealingKey("acme-1"))
        guard let opening else {
            Issue.record("the opening does not open")
            return
        }
        var session = try AnsweringSession(opening)
        _ = try session.receive(lane.messages[0][32...])
        #expect(throws: AnsweringSession.Failure.busy) { try session.receive(lane.messages[1][32...]) }
    }
}
