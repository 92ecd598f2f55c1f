import Broker
import Client
import CofferTestKit
import Crypto
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

/// The rule that a broker refuses by; nil if it takes what the body hands it.
private func rule(_ body: () async throws -> Void) async -> String? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? BrokerRefusal)?.error.rule ?? "none"
    }
}

@Suite("Stops handed to a broker")
struct StopTests {
    @Test("A revoke takes effect at once with the ledger down, and outlives the process")
    func revoke() async throws {
        let world = try World.released()
        let note = world.note(world.scenario.revoke("ann"), by: ["ann"])
        do {
            let broker = try await world.start()
            try await world.deposit(broker)
            world.ledger.isDown = true
            let receipt = try SignedNote(parsing: try await broker.stop(note))
            let hash = try SignedNote(parsing: note).hash
            _ = try Receipt(.stop, note: receipt, origin: Scenario.origin, statement: hash, broker: broker.key)
            #expect(await rule { _ = try await world.ask(broker) } == "revoked")
            #expect(broker.subKeys.consents.isEmpty)
            #expect(await rule { try await world.deposit(broker) } == "deposit.consent")
        }
        world.ledger.isDown = false
        let again = try await world.start()
        #expect(await rule { _ = try await world.ask(again) } == "revoked")
        // It submits the note itself, until the ledger shows it; then it speaks of what it destroyed.
        let followed = try #require(await again.follower.followed)
        #expect(try again.submissions(followed).map(\.encoded) == [note])
        world.scenario.append(note)
        try world.publish()
        let later = try await again.follow()
        let notes = try again.submissions(later)
        #expect(notes.count == 1)
        guard case .destroyed(let destroyed) = try Statement(parsing: try #require(notes.first).text) else {
            Issue.record("not a destroyed statement")
            return
        }
        #expect(destroyed.broker == again.key)
        #expect(destroyed.size == later.checkpoint.checkpoint.size)
        #expect(world.scenario.append(try #require(notes.first).encoded).isAccepted)
    }

    @Test("No answer makes a broker drop a stop: it is submitted again, after a refusal ten seconds later, and binds")
    func turnedAway() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        _ = try await broker.stop(world.note(world.scenario.revoke("ann"), by: ["ann"]))
        let followed = try #require(await broker.follower.followed)
        func submitted(_ status: Int, _ words: String) async throws -> Int {
            let transport = ScriptedTransport { _ in .text(status, words) }
            try await broker.submit(followed, to: LedgerClient(url: "http://ledger.example", transport: transport))
            return try broker.submissions(followed).count
        }
        let judged = #"{"code":77,"rule":"revoke.pseudonym","entry":9,"message":"judged"}"#
        let logged = """
            {"schema":"coffer.append.v1","index":0,"time":0,"verdict":"accepted","duplicate":true,"size":1,
            "checkpoint":"\(String(decoding: followed.checkpoint.note.encoded, as: UTF8.self)
                .replacingOccurrences(of: "\n", with: "\\n"))","proof":[]}
            """
        #expect(try await submitted(503, "") == 1)
        #expect(try await submitted(200, logged) == 1)
        for words in ["<html>Forbidden by the proxy</html>", judged] {
            #expect(try await submitted(403, words) == 0)
            world.advance(10_000)
            #expect(try broker.submissions(followed).count == 1)
        }
        #expect(await rule { _ = try await world.ask(broker) } == "revoked")
        #expect(try FileManager.default.contentsOfDirectory(atPath: world.path("acme-1/stops")).count == 1)

        // Another machine's revoke reaches the log. What this one does stands then, too.
        try world.log(world.scenario.revoke("ann"), by: ["ann"])
        try await broker.follow()
        #expect(try FileManager.default.contentsOfDirectory(atPath: world.path("acme-1/stops")).isEmpty)
    }

    @Test("A broker stores what its store does not bind already, and no more early erases than a few")
    func storesFreeStopsOnly() async throws {
        let world = try World.released()
        let broker = try await world.start()
        func stored() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: world.path("acme-1/stops")).count
        }
        // Both get a receipt: one revoke binds the broker as well as two.
        for _ in 0..<2 { _ = try await broker.stop(world.note(world.scenario.revoke("ann"), by: ["ann"])) }
        _ = try await broker.stop(
            world.note(world.scenario.erase("ann", under: world.consent, world.pages), by: ["ann"]))
        #expect(try stored() == 1)
        let pages = (0...LedgerState.maximumEarlyErasedIDs).map { Scenario.page(100 + $0) }
        try world.log(world.scenario.enrol(["eve"]), by: ["desk"])
        let eve = Hash256(of: [1])
        #expect(
            await rule {
                _ = try await broker.stop(world.note(world.scenario.erase("eve", under: eve, pages), by: ["eve"]))
            } == "erase.early")
        _ = try await broker.stop(
            world.note(world.scenario.erase("eve", under: eve, pages.dropLast()), by: ["eve"]))
        #expect(
            await rule {
                _ = try await broker.stop(
                    world.note(world.scenario.erase("eve", under: eve, pages.suffix(1)), by: ["eve"]))
            } == "erase.early")
        #expect(try stored() == 2)
        _ = try await broker.stop(world.note(world.scenario.revoke("eve"), by: ["eve"]))
        #expect(try stored() == 3)
    }

    @Test("A stop that cannot be read back keeps the broker from starting: it might be the one that counts")
    func damagedStop() async throws {
        let world = try World.released()
        let note = world.note(world.scenario.revoke("ann"), by: ["ann"])
        _ = try await world.start().stop(note)
        let file = world.path("acme-1/stops/") + (try SignedNote(parsing: note).hash.hex)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        bytes[20] ^= 1
        try bytes.write(to: URL(fileURLWithPath: file))
        await #expect(throws: CofferError(.configuration, "")) { _ = try await world.start() }
        bytes[20] ^= 1
        try bytes.write(to: URL(fileURLWithPath: file))
        #expect(await rule { _ = try await world.ask(try await world.start()) } == "revoked")
    }

    @Test("A halt stops everything until a resume names it; an erase its pages only")
    func haltAndErase() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        let erase = world.note(world.scenario.erase("ann", under: world.consent, [world.pages[2]]), by: ["ann"])
        _ = try await broker.stop(erase)
        #expect(await rule { _ = try await world.ask(broker) } == "page.erased")
        _ = try await world.ask(broker, Array(world.positions().prefix(2)))

        let halt = world.note(world.scenario.halt(), by: ["security"])
        _ = try await broker.stop(halt)
        #expect(await rule { _ = try await world.ask(broker, Array(world.positions().prefix(1))) } == "halted")
        world.scenario.append(halt)
        try world.publish()
        try await broker.follow()
        #expect(await rule { _ = try await world.ask(broker, Array(world.positions().prefix(1))) } == "halted")
        let hash = try SignedNote(parsing: halt).hash
        try world.log(world.scenario.resume([hash]), by: Scenario.reviewers)
        try await broker.follow()
        _ = try await world.ask(broker, Array(world.positions().prefix(1)))
        #expect(await rule { _ = try await world.ask(broker) } == "page.erased")
        // KeyHandover over again what the ledger shows keeps nothing and lifts nothing.
        _ = try await broker.stop(halt)
        _ = try await world.ask(broker, Array(world.positions().prefix(1)))
    }

    @Test("Bob's erase under ann's consent is taken and binds nothing of hers")
    func othersErase() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        _ = try await broker.stop(
            world.note(world.scenario.erase("bob", under: world.consent, world.pages), by: ["bob"]))
        _ = try await world.ask(broker)
    }

    @Test("Forged, foreign, unsigned, unknown and starting statements do not bind")
    func forged() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        let revoke = world.scenario.revoke("ann")
        let bad: [Bytes] = [
            world.note(revoke, by: ["bob"]),
            world.note(revoke, by: ["ann", "bob"]),
            world.note(world.scenario.revoke("nobody"), by: ["nobody"]),
            world.note(world.scenario.halt(), by: ["privacy"]),
            world.note(world.scenario.halt(), by: ["security", "emergency"]),
            world.note(Revoke(origin: "other.example", pseudonym: Scenario.publicKey("ann")), by: ["ann"]),
            world.note(world.scenario.withdraw(world.purpose), by: Scenario.reviewers),
            world.note(world.scenario.destroyed("acme-1", size: 1), by: ["acme-1"]),
            revoke.text,
            [],
        ]
        for note in bad { #expect(await rule { _ = try await broker.stop(note) } != nil) }
        var flipped = world.note(revoke, by: ["ann"])
        flipped[flipped.count - 20] ^= 1
        #expect(await rule { _ = try await broker.stop(flipped) } != nil)
        _ = try await world.ask(broker)
    }
}

@Suite("Deposits with a broker")
struct DepositTests {
    @Test("A one-time key is one a consent, good once, for ten minutes")
    func oneTimeKey() async throws {
        let world = try World.released()
        let broker = try await world.start()
        let first = try await world.box(for: broker, named: "acme-1")
        // The same key stays good after another request, even one that somebody replays.
        _ = try await broker.depositKey(try world.request(broker))
        _ = try await broker.deposit(world.consent.bytes + first)
        #expect(await rule { _ = try await broker.deposit(world.consent.bytes + first) } == "deposit.key")
        let second = try await world.box(for: broker, named: "acme-1")
        world.advance(600_000)
        try world.publish()
        #expect(await rule { _ = try await broker.deposit(world.consent.bytes + second) } == "deposit.key")
        #expect(broker.subKeys.count == 2)
    }

    @Test("Another's request, another broker's deposit, keys that were not committed to: refused")
    func refused() async throws {
        let world = try World.released()
        let broker = try await world.start()
        #expect(
            await rule { _ = try await broker.depositKey(try world.request(broker, by: "bob")) } == "deposit.pseudonym")
        let unknown = Hash256(of: [7])
        #expect(
            await rule { _ = try await broker.depositKey(try world.request(broker, consent: unknown)) }
                == "deposit.consent")
        let other = try await world.start("acme-2")
        #expect(await rule { _ = try await broker.depositKey(try world.request(other)) } == "deposit.broker")
        let request = try world.request(broker)
        world.advance(600_001)
        try world.publish()
        #expect(await rule { _ = try await broker.depositKey(request) } == "deposit.until")

        let issued = try SignedNote(parsing: try await broker.depositKey(try world.request(broker)))
        let key = try DepositKeyIssued(parsing: issued.text).key
        let forAnother = try world.seal(for: "acme-2", to: key)
        #expect(await rule { _ = try await broker.deposit(world.consent.bytes + forAnother) } == "deposit.commitment")
        let lying = try world.seal(
            for: "acme-1", to: key, root: ReplicatedPRF.consentRoot(.init(size: .bits256), pseudonym: broker.key))
        #expect(await rule { _ = try await broker.deposit(world.consent.bytes + lying) } == "deposit.commitment")
        #expect(await rule { _ = try await broker.deposit(world.consent.bytes + [1, 2, 3]) } == "none")
        #expect(await rule { _ = try await broker.deposit(unknown.bytes + lying) } == "deposit.consent")
        #expect(broker.subKeys.consents.isEmpty)
        // After all that the key is still good for the right deposit.
        _ = try await broker.deposit(world.consent.bytes + (try world.seal(for: "acme-1", to: key)))
        _ = try await world.ask(broker)
    }
}
