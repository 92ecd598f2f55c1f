import CofferTestKit
import Keyholder
import Ledger
import Replica
import Rules
import Sealing
import Testing

/// What a laptop knows that began with a state of the brokers'.
@Suite("Access to the ledger")
struct LedgerAccessTests {
    @Test("A laptop that began with a state knows what it lacks and fetches it")
    func aLaptopThatBeganWithAState() async throws {
        let world = try World.empty()
        world.change { _ = $0.programme(["ann"]) }
        world.clock.set(world.scenario.now)
        let programme = try world.programme(beginning: true)
        let begun = try await programme.follow()
        #expect(begun.state.retention == .sinceBootstrap && begun.state.digest == world.state.digest)
        #expect(
            try programme.lacks(0) && programme.lacks(begun.checkpoint.size - 1)
                && !programme.lacks(begun.checkpoint.size))
        #expect(try await programme.known()?.state.digest == begun.state.digest)
        // Who signed a purpose stands in its entry.
        let purpose = try #require(begun.state.purposes.values.first)
        let entry = try Entry(parsing: try #require(try await programme.entry(purpose.mark.index)))
        #expect(try SignedNote(parsing: entry.note).signers() == Set(Scenario.reviewers.map(Scenario.publicKey)))

        // What is logged from here on it has itself.
        world.change { scenario in scenario.submit(scenario.revoke("ann"), by: ["ann"]) }
        let later = try await programme.follow()
        #expect(later.state.digest == world.state.digest)
        #expect(
            try await programme.entry(begun.checkpoint.size)
                == programme.store.entries(from: begun.checkpoint.size, count: 1)[0])

        let whole = try await programme.followFromTheFirstEntry()
        #expect(whole.state.retention == .everything && whole.state.digest == world.state.digest)
        #expect(try !programme.lacks(0) && programme.store.entries(from: 0, count: 1).count == 1)
        #expect(try await programme.known()?.state.retention == .everything)
    }

    @Test("Without brokers a laptop replays")
    func withoutBrokersItReplays() async throws {
        let world = try World.empty()
        world.change { _ = $0.programme(["ann"]) }
        world.clock.set(world.scenario.now)
        world.setDown(["council-1"])
        let followed = try await world.programme(beginning: true).follow()
        #expect(followed.state.retention == .everything && followed.state.digest == world.state.digest)
    }
}
