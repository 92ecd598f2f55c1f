import Broker
import CofferTestKit
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

/// A broker's state holds no ids: it reads a release in its copy of the ledger, which it does not trust.
@Suite("A broker reads the release it is asked about")
struct ReleaseReadingTests {
    private func refusal(_ body: () async throws -> Void) async -> BrokerRefusal? {
        await thrown(BrokerRefusal.self, by: body)
    }

    /// A world whose broker has deposits, has signed its state, and is started again from it.
    private func restarted(_ change: (World) throws -> Void = { _ in }) async throws -> (World, Broker) {
        let world = try World.released()
        do {
            let broker = try await world.start()
            try await world.deposit(broker)
            try world.states().keep(try #require(await broker.follower.snapshot))
        }
        try change(world)
        return (world, try await world.start())
    }

    /// The one bundle that all entries of a world are in.
    private func bundle(_ world: World) -> String {
        let path = TilePath(level: nil, index: 0, width: world.scenario.entries.count)
        return world.path("acme-1/ledger/\(path.path)")
    }

    private func write(_ entries: [Bytes], _ world: World) throws {
        var writer = ByteWriter()
        for entry in entries { writer.lp(entry) }
        try Data(writer.bytes).write(to: URL(fileURLWithPath: bundle(world)))
    }

    @Test("Started again from its signed state, it answers")
    func fromSnapshot() async throws {
        let (world, broker) = try await restarted()
        let state = try #require(await broker.follower.followed?.state)
        #expect(state.release(world.release) == nil, "the state has the hash, the folder the ids")
        #expect(try await world.ask(broker).partials.count == 3)
    }

    @Test("Where the entry is lost, it asks for another try, and for nothing else")
    func lostEntry() async throws {
        let (world, broker) = try await restarted { try FileManager.default.removeItem(atPath: bundle($0)) }
        for positions in [world.positions(), world.positions(1), [AskPosition(at: 9, kind: "", app: "", day: 0)]] {
            let refused = await refusal { _ = try await world.ask(broker, positions) }
            #expect(refused?.error.code == .tryLater && refused?.error.rule == nil && refused?.position == nil)
        }
        // What needs no ids is refused as ever.
        let stranger = try world.body(world.positions(), by: "stranger")
        #expect(await refusal { _ = try await broker.ask(stranger.body) }?.error.rule == "ask.job")
        #expect(await broker.status.answers == 0)
        // The operator puts the file back.
        try write(world.scenario.entries.map(\.encoded), world)
        _ = try await world.ask(broker)
    }

    @Test("A release that is replaced, truncated or changed is ignored")
    func otherEntry() async throws {
        let (world, _) = try await restarted()
        let entries = world.scenario.entries.map(\.encoded)
        let own = entries.count - 1
        // To a key of somebody else's, by the same job; to the same key, of a page more.
        var scenario = world.scenario
        let stolen = try scenario.release(world.grant, [world.consent: world.pages], recipient: "mallory")
        let wider = try scenario.release(world.grant, [world.consent: world.pages + [Scenario.page(4)]])
        var changes: [Bytes] = [stolen, wider].map {
            Entry(stamp: scenario.now, note: Scenario.note($0, by: ["job"])).encoded
        }
        changes += [[], Array(entries[own].prefix(7)), Array(entries[own].dropLast()), entries[own - 1]]
        var flipped = entries[own]
        flipped[flipped.count / 2] ^= 1
        changes.append(flipped)
        for (number, change) in changes.enumerated() {
            try write(Array(entries.prefix(own)) + [change], world)
            let broker = try await world.start()
            let refused = await refusal { _ = try await world.ask(broker) }
            #expect(refused?.error.code == .tryLater && refused?.error.rule == nil, "change \(number)")
            #expect(await broker.status.answers == 0)
            // Nor is the release there that the folder would have it believe in.
            for hash in [stolen.hash, wider.hash] {
                let refused = await refusal { _ = try await world.ask(broker, of: hash) }
                #expect(refused?.error.rule == "release")
            }
        }
    }

    @Test("One that was read stays at hand, for as long as the state holds its hash")
    func atHand() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        _ = try await world.ask(broker)
        try FileManager.default.removeItem(atPath: bundle(world))
        _ = try await world.ask(broker)
        let other = LedgerState(origin: Scenario.origin, charterHash: world.scenario.charter.hash, retention: .needed)
        let refused = await refusal { _ = try broker.release(world.release, in: other) }
        #expect(refused?.error == CofferError(.refused, "", rule: "release"))
        // What was at hand is judged as ever.
        try world.log(world.scenario.erase("ann", under: world.consent, [world.pages[1]]), by: ["ann"])
        try await broker.follow()
        let erased = await refusal { _ = try await world.ask(broker) }
        #expect(erased?.error.rule == "page.erased" && erased?.position == 1)
    }

    @Test("Sixty-four are at hand, those asked for last")
    func bounded() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let ann = try #require(programme.consents["ann"])
        let cache = ReleaseCache()
        var first: Hash256?
        var second: Hash256?
        for number in 0..<(ReleaseCache.capacity + 6) {
            let release = try scenario.release(programme.grant, [ann: [Scenario.page(number)]])
            #expect(scenario.submit(release, by: ["job"]).isAccepted)
            cache.keep(try #require(scenario.state.release(release.hash)))
            if number == 0 { first = release.hash }
            if number == 1 { second = release.hash }
            #expect(cache.release(try #require(first))?.hash == first, "it is asked for again and again")
            #expect(cache.count == min(number + 1, ReleaseCache.capacity))
        }
        #expect(cache.release(try #require(second)) == nil)
        #expect(cache.release(Hash256(of: [9])) == nil)
    }

    @Test("Asks about releases that are just being followed find their entries")
    func whileFollowing() async throws {
        let world = try World.released()
        // So that a bundle becomes full on the way, and its partial ones are removed.
        for _ in world.scenario.entries.count..<248 { world.scenario.append(Bytes("x".utf8)) }
        try world.publish()
        let broker = try await world.start()
        try await world.deposit(broker)
        for number in 0..<16 {
            let pages = [Scenario.page(number), Scenario.page(number + 100)]
            let release = try world.scenario.release(world.grant, [world.consent: pages])
            #expect(try world.log(release, by: ["job"]).isAccepted)
            let body = try world.body(world.positions(2), release: release.hash).body
            async let followed = broker.follow()
            async let first = broker.ask(body)
            async let second = broker.ask(body)
            _ = try await followed
            _ = try await (first, second)
        }
    }

    @Test("Of several bad positions the first is named, by the rule that it is refused by alone")
    func firstOfSeveral() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        try world.log(world.scenario.erase("ann", under: world.consent, [world.pages[2]]), by: ["ann"])
        try await broker.follow()
        let generator = SeededGenerator()
        var random = generator
        let today = Day(of: world.clock.now)
        for _ in 0..<24 {
            let positions = [UInt32(0), 1, 2, 3, .max].filter { _ in Bool.random(using: &random) }.map { at in
                AskPosition(
                    at: at, kind: ["keys", "prompt", "screen"][Int.random(in: 0..<3, using: &random)],
                    app: ["code", "xterm", "mail"][Int.random(in: 0..<3, using: &random)],
                    day: [world.day, world.day, today][Int.random(in: 0..<3, using: &random)])
            }
            guard !positions.isEmpty else { continue }
            var alone: BrokerRefusal?
            for position in positions where alone == nil {
                alone = await refusal { _ = try await world.ask(broker, [position]) }
            }
            let together = await refusal { _ = try await world.ask(broker, positions) }
            #expect(together == alone && together?.error.message == alone?.error.message, "\(generator) \(positions)")
        }
    }
}
