import CofferTestKit
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

@testable import Broker

/// No single clock ends a consent: neither the ledger's stamps, nor the broker's own clock, nor fewer cosigners than a
/// quorum.
@Suite("A broker and wrong clocks")
struct ClockTests {
    private static let century = Milliseconds(rawValue: 36_500 * 86_400_000)

    private func error(_ body: () async throws -> Void) async -> CofferError? {
        do { try await body() } catch { return (error as? BrokerRefusal)?.error ?? error as? CofferError }
        return nil
    }

    /// A broker with a deposit, and an entry stamped this much later under a checkpoint cosigned at the honest time.
    private func stamped(_ later: Milliseconds) async throws -> (World, Broker) {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        try world.stamp(later)
        return (world, broker)
    }

    private static let clock = CofferError(.tryLater, "", rule: "clock")

    @Test(
        "A stamp from the future destroys nothing, and nothing is answered by an older checkpoint",
        arguments: [121_000, 8_640_000_000, Milliseconds.max])
    func stampedAhead(later: Milliseconds) async throws {
        let (world, broker) = try await stamped(later)
        for _ in 0..<2 {
            #expect(await error { try await broker.follow() } == Self.clock)
            #expect(await error { _ = try await world.ask(broker) } == Self.clock)
            #expect(await error { try await world.deposit(broker) } == Self.clock)
        }
        #expect(broker.subKeys.consents == [world.consent])
        // Nor after a restart, which follows again before it answers.
        let again = try await world.start(following: false)
        #expect(await error { _ = try await world.ask(again) } == Self.clock)
        #expect(again.subKeys.consents == [world.consent])
    }

    @Test("A stamp within the tolerance holds nothing up")
    func withinTolerance() async throws {
        let (world, broker) = try await stamped(119_000)
        try await broker.follow()
        _ = try await world.ask(broker)
    }

    @Test("A revoke in a checkpoint that is held off destroys at once")
    func stopsHold() async throws {
        let (world, broker) = try await stamped(8_640_000_000)
        #expect(await error { try await broker.follow() } == Self.clock)
        try world.log(world.scenario.revoke("ann"), by: ["ann"])
        #expect(await error { try await broker.follow() } == Self.clock)
        #expect(broker.subKeys.consents.isEmpty)
    }

    @Test("A stop is taken and goes to the ledger while a checkpoint is held off")
    func stopsGoOut() async throws {
        let (world, broker) = try await stamped(8_640_000_000)
        #expect(await error { try await broker.follow() } == Self.clock)
        let revoke = world.note(world.scenario.revoke("ann"), by: ["ann"])
        _ = try await broker.stop(revoke)
        #expect(broker.subKeys.consents.isEmpty)
        let newest = try #require(await broker.follower.newest)
        #expect(try broker.submissions(newest).map(\.encoded) == [revoke])
    }

    @Test("Once this clock reaches the stamp, the checkpoint is followed")
    func goesOn() async throws {
        let (world, broker) = try await stamped(10_800_000)
        #expect(await error { try await broker.follow() } == Self.clock)
        world.advance(10_800_000)
        try world.publish()
        _ = try await world.ask(broker)
    }

    @Test("A consent that has expired is destroyed when both this clock and a quorum's times say so")
    func bothClocks() async throws {
        let world = try World.released()
        let broker = try await world.start()
        try await world.deposit(broker)
        // The ledger's and the cosigners' clocks run ahead, this one is right.
        try world.ledger.serve(world.scenario, at: world.clock.now + Self.century)
        _ = try await broker.follow()
        #expect(broker.subKeys.consents == [world.consent])
        // This clock runs ahead, the cosigners' are right.
        world.clock.advance(by: Self.century)
        let early = world.clock.now - Self.century + 60_000
        let other = try World.released()
        let second = try await other.start()
        try await other.deposit(second)
        try other.ledger.serve(other.scenario, at: early)
        other.clock.advance(by: Self.century)
        _ = try await second.follow()
        #expect(second.subKeys.consents == [other.consent])
        // Now everybody is there.
        try other.ledger.serve(other.scenario, at: other.clock.now)
        _ = try await second.follow()
        #expect(second.subKeys.consents.isEmpty)
    }

    @Test("An amendment that ends consents ends none before its time has come by both clocks")
    func earlyAmendment() throws {
        var scenario = Scenario()
        let purpose = scenario.purpose()
        scenario.submit(scenario.enrol(["ann"]), by: ["desk"])
        scenario.submit(purpose, by: Scenario.reviewers)
        let consent = scenario.consent("ann", to: purpose.hash)
        scenario.submit(consent, by: ["ann"])
        var terms = scenario.terms
        terms.groups[1] = Scenario.group("council", threshold: 1, ["council-2"], operator: "council", .employees)
        let amend = scenario.amend(terms, notice: 864_000_000, ends: true)
        scenario.submit(amend, by: Scenario.names(signing: scenario.terms) + ["council-2"])
        let due = scenario.now + 864_000_000
        scenario.now += 950_400_000
        scenario.append(Bytes("x".utf8))
        #expect(scenario.verdicts.compactMap(\.rule) == ["malformed"])
        #expect(scenario.state.hasEnded(consent: consent.hash, at: scenario.state.clock))
        #expect(scenario.state.hasEnded(consent: consent.hash, at: due))
        #expect(!scenario.state.hasEnded(consent: consent.hash, at: due - 1))
    }

    @Test("A store that holds a stamp of 2^64 − 1 starts, takes stops and destroys nothing")
    func largestStamp() async throws {
        let world = try World.released()
        do {
            let broker = try await world.start()
            try await world.deposit(broker)
        }
        try world.stamp(.max)
        // An earlier version has followed it.
        try await world.followWithoutClock("acme-1")
        let broker = try await world.start(following: false)
        let stored = try #require(await broker.follower.followed)
        #expect(stored.state.clock == .max)
        #expect(broker.subKeys.consents == [world.consent])
        #expect(await error { try await broker.follow() } == Self.clock)
        #expect(try broker.submissions(stored).isEmpty)
        _ = try await broker.stop(world.note(world.scenario.revoke("ann"), by: ["ann"]))
        #expect(broker.subKeys.consents.isEmpty)
        #expect(try broker.submissions(stored).count == 1)
    }
}

extension World {
    /// Publishes an entry that is stamped this much later, under a checkpoint cosigned at the clock's time.
    fileprivate func stamp(_ later: Milliseconds) throws {
        change { scenario in
            scenario.now += later
            scenario.append(Bytes("x".utf8))
        }
        try publish()
    }
}
