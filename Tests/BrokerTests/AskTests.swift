import Broker
import CofferTestKit
import Foundation
import Ledger
import Messages
import Rules
import Sealing
import Testing

@Suite("A broker asked")
struct AskTests {
    /// The rule and the position of the refusal.
    private func refusal(_ body: () async throws -> Void) async -> BrokerRefusal? {
        await thrown(BrokerRefusal.self, by: body)
    }

    @Test("Two brokers of the company and the council's give the page's key, and fewer do not")
    func wholeKey() async throws {
        let world = try World.released()
        var answers: [String: SealedAnswer] = [:]
        for name in ["acme-1", "acme-3", "council-1"] {
            let broker = try await world.start(name)
            try await world.deposit(broker, named: name)
            answers[name] = try await world.ask(broker, to: name)
        }
        let company = world.scenario.terms.shapes[0]
        for (position, page) in world.pages.enumerated() {
            let x = ReplicatedPRF.x(
                consent: world.consent, page: page, kind: "keys", app: "code", day: world.day)
            var partials: [UInt16: Bytes] = [:]
            for (name, number) in [("acme-1", 0), ("acme-3", 2)] {
                let answer = try #require(answers[name])
                for (mask, partial) in zip(company.masks(heldBy: number), answer.partials[position]) {
                    #expect(partials[mask] ?? partial == partial)
                    partials[mask] = partial
                }
            }
            let council = try #require(answers["council-1"]).partials[position]
            let key = ReplicatedPRF.combine(
                [company.masks.compactMap { partials[$0] }, council], consent: world.consent, x: x)
            let expected = ReplicatedPRF.pageKey(
                root: try world.offer().employee.root, roster: world.scenario.charter.hash,
                groups: world.scenario.terms.shapes, consent: world.consent, x: x)
            #expect(key == expected)
        }
        // One of the company's lacks one sub-key.
        #expect(company.masks(heldBy: 0).count == company.masks.count - 1)
    }

    @Test("It counts its answers, and answers again to the same key")
    func counted() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        let first = try await world.ask(broker)
        let second = try await world.ask(broker)
        #expect(first.partials == second.partials)
        #expect(first.answer.size == SaturatingUInt64(clamping: world.scenario.entries.count))
        let status = await broker.status
        #expect(status.answers == 2)
        #expect(status.subKeys == 2)
        #expect(!String(decoding: status.json.encoded, as: UTF8.self).contains(Scenario.publicKey("ann").hex))
    }

    @Test("A page is refused by its first bad position, and the rule is named")
    func firstBadPosition() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        let today = Day(of: world.clock.now)
        let cases: [(AskPosition, String)] = [
            (AskPosition(at: 1, kind: "terminal", app: "code", day: world.day), "page.kind"),
            (AskPosition(at: 1, kind: "index", app: "", day: world.day), "page.kind"),
            (AskPosition(at: 1, kind: "keys", app: "mail", day: world.day), "page.app"),
            (AskPosition(at: 1, kind: "keys", app: "CODE", day: world.day), "page.app"),
            (AskPosition(at: 1, kind: "keys", app: "code", day: today), "page.day"),
            (AskPosition(at: 1, kind: "keys", app: "code", day: 0), "page.day"),
            (AskPosition(at: 1, kind: "keys", app: "code", day: .max), "page.day"),
            (AskPosition(at: 3, kind: "keys", app: "code", day: world.day), "position"),
            (AskPosition(at: .max, kind: "keys", app: "code", day: world.day), "position"),
        ]
        for (position, rule) in cases {
            let good = AskPosition(at: 0, kind: "keys", app: "code", day: world.day)
            let refusal = await refusal { _ = try await world.ask(broker, [good, position]) }
            #expect(refusal?.error == CofferError(.refused, "", rule: rule), "\(position)")
            #expect(refusal?.position == position.at)
            #expect(refusal?.error.entry == UInt64(world.scenario.entries.count - 1))
        }
        #expect(await broker.status.answers == 0)
    }

    @Test("A page younger than its window is refused, and answered once it has passed")
    func window() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        let yesterday = AskPosition(at: 0, kind: "keys", app: "code", day: Day(of: world.clock.now) - 1)
        _ = try await world.ask(broker, [yesterday])
        world.clock.set(Day(of: Scenario.noon).start + 3_599_999)
        // The ledger's own time is later: the release's entry decides, whatever the broker's clock says.
        let refused = await refusal { _ = try await world.ask(broker, [yesterday]) }
        #expect(refused?.error.code == .tryLater)
    }

    @Test("Erased, revoked, dismissed, withdrawn, halted, expired: each is refused from the entry on")
    func ended() async throws {
        let endings: [World.Ending] =
            World.endings + [
                (
                    "consent.expired",
                    { world in
                        world.advance(30 * millisecondsPerDay)
                        try world.publish()
                    }
                )
            ]
        for (rule, end) in endings {
            let world = try World.released()
            let broker = try await world.start()
            try await world.deposit(broker)
            _ = try await world.ask(broker)
            try end(world)
            try await broker.follow()
            let refused = await refusal { _ = try await world.ask(broker) }
            #expect(refused?.error == CofferError(.refused, "", rule: rule))
            #expect(refused?.position == 0)
            let isFinal = !["page.erased", "halted", "consent.expired"].contains(rule)
            if isFinal { #expect(broker.subKeys.consents.isEmpty, "\(rule)") }
        }
    }

    @Test("Another's erase under her consent changes nothing")
    func othersErase() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        try world.log(world.scenario.erase("bob", under: world.consent, world.pages), by: ["bob"])
        try await broker.follow()
        _ = try await world.ask(broker)
    }

    @Test("No release, another's release, another job, another broker's box, noise: nothing is answered")
    func wrongAsks() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        let unknown = try world.body(world.positions(), release: Hash256(of: [9]))
        #expect(
            await refusal { _ = try await broker.ask(unknown.body) }?.error
                == CofferError(.refused, "", rule: "release"))
        let stranger = try world.body(world.positions(), by: "stranger")
        #expect(
            await refusal { _ = try await broker.ask(stranger.body) }?.error
                == CofferError(.refused, "", rule: "ask.job"))
        let elsewhere = try world.body(world.positions(), recipient: "mallory")
        #expect(
            await refusal { _ = try await broker.ask(elsewhere.body) }?.error
                == CofferError(.refused, "", rule: "ask.recipient"))
        let other = try world.body(world.positions(), to: "acme-2")
        #expect(await refusal { _ = try await broker.ask(other.body) }?.error.code == .usage)
        let good = try world.body(world.positions()).body
        for count in [0, 31, 32, 33, good.count - 1] {
            #expect(await refusal { _ = try await broker.ask(Array(good[..<count])) } != nil)
        }
        for i in stride(from: 32, to: good.count, by: 97) {
            var bad = good
            bad[i] ^= 4
            #expect(await refusal { _ = try await broker.ask(bad) }?.error.code == .usage)
        }
        #expect(await broker.status.answers == 0)
    }

    @Test("Without sub-keys it asks for another try, not for trust")
    func noDeposit() async throws {
        let world = try World.released()
        let broker = try await world.start()
        let refused = await refusal { _ = try await world.ask(broker) }
        #expect(refused?.error == CofferError(.tryLater, "", rule: "deposit.missing"))
    }

    @Test("A broker outside the consent's roster refuses for good: it never gets a deposit")
    func otherRoster() async throws {
        let world = try World.released()
        let broker = try await world.start("acme-9")
        let body = try world.body(world.positions(), to: "acme-9").body
        let refused = await refusal { _ = try await broker.ask(body) }
        #expect(refused?.error.code == .refused && refused?.error.rule == "ask.roster" && refused?.position == 0)
    }

    @Test("Nothing is answered at a checkpoint that no quorum has cosigned freshly, or before it followed anything")
    func freshness() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        world.ledger.isDown = true
        _ = try await world.ask(broker)
        world.clock.advance(by: 600_001)
        #expect(await refusal { _ = try await world.ask(broker) }?.error.code == .tryLater)

        // Two of five cosign: no quorum, and the ledger's checkpoint stays where it was.
        world.ledger.isDown = false
        try world.ledger.serve(world.scenario, at: world.clock.now, cosigners: ["north", "cosigner acme-1"])
        #expect(await refusal { _ = try await world.ask(broker) }?.error.code == .tryLater)
        try world.publish()
        _ = try await world.ask(broker)

        // A process that just started has not followed yet: what it stored may be yesterday's.
        world.ledger.isDown = true
        let again = try await world.start(following: false)
        #expect(await refusal { _ = try await world.ask(again) }?.error.code == .tryLater)
        world.ledger.isDown = false
        _ = try await world.ask(again)
    }

    @Test("Yesterday's folder, restored with its storage key, replays first, refuses, and destroys")
    func yesterday() async throws {
        let world = try World.released()
        do {
            let broker = try await world.start()
            try await world.deposit(broker)
            _ = try await world.ask(broker)
        }
        for name in ["acme-1", "acme-1.storage"] {
            try FileManager.default.copyItem(atPath: world.path(name), toPath: world.path(name) + ".yesterday")
        }
        do {
            let broker = try await world.start()
            try world.log(world.scenario.revoke("ann"), by: ["ann"])
            try await broker.follow()
            #expect(broker.subKeys.consents.isEmpty)
        }
        for name in ["acme-1", "acme-1.storage"] {
            try FileManager.default.removeItem(atPath: world.path(name))
            try FileManager.default.moveItem(atPath: world.path(name) + ".yesterday", toPath: world.path(name))
        }
        let restored = try await world.start(following: false)
        #expect(restored.subKeys.consents == [world.consent])
        world.ledger.isDown = true
        #expect(await refusal { _ = try await world.ask(restored) }?.error.code == .tryLater)
        world.ledger.isDown = false
        #expect(
            await refusal { _ = try await world.ask(restored) }?.error == CofferError(.refused, "", rule: "revoked"))
        #expect(restored.subKeys.consents.isEmpty)
    }
}
