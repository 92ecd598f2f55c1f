import CofferTestKit
import Rules
import Sealing
import Testing

@testable import Audit

/// Who is affected, from the log alone.
@Suite("Who is affected")
struct AffectedTests {
    @Test("Nobody is affected before a release, and then those whose pages it names")
    func nobodyThenSomebody() throws {
        var scenario = Scenario()
        let programme = scenario.programme(["ann", "bob", "cem"])
        #expect(Affected(scenario.state).people.isEmpty)
        #expect(Affected.assumption.contains("fewer than t corrupt brokers"))

        let first = scenario.now
        #expect(try scenario.read(programme, ["ann", "bob"], pages: [1, 2]).isAccepted)
        scenario.now += 60_000
        #expect(try scenario.read(programme, ["ann"], pages: [2, 3]).isAccepted)
        let affected = Affected(scenario.state)
        #expect(affected.releases == 2 && affected.people.count == 2)
        let ann = try #require(affected.people.first { $0.pseudonym == Scenario.publicKey("ann") })
        #expect(ann.pages == 3 && ann.purpose == programme.purpose)
        #expect(ann.accesses.map(\.job) == [Scenario.publicKey("job")] && ann.accesses[0].weeks == 1)
        #expect(ann.first == first && ann.last == scenario.now)
        let bob = try #require(affected.people.first { $0.pseudonym == Scenario.publicKey("bob") })
        #expect(bob.pages == 2 && bob.last == first)
    }

    @Test("Refused releases do not count as access")
    func refusedReleasesAreNoAccess() throws {
        var scenario = Scenario()
        let programme = scenario.programme(["ann"])
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        #expect(try scenario.read(programme, ["ann"], pages: [1]).rule == "revoked")
        #expect(Affected(scenario.state).people.isEmpty)
    }

    @Test("Erased pages still count")
    func erasedPagesStillCount() throws {
        var scenario = Scenario()
        let programme = scenario.programme(["ann"])
        let consent = try #require(programme.consents["ann"])
        scenario.submit(scenario.erase("ann", under: consent, [Scenario.page(1)]), by: ["ann"])
        #expect(try scenario.read(programme, ["ann"], pages: [1]).isAccepted)
        #expect(Affected(scenario.state).people.map(\.pages) == [1])
    }

    @Test("People are selected by time, job and purpose")
    func filters() throws {
        var scenario = Scenario()
        let programme = scenario.programme(["ann", "bob"])
        _ = try scenario.read(programme, ["ann"], pages: [1])
        scenario.now += 60_000
        _ = try scenario.read(programme, ["bob"], pages: [1])
        var filter = Affected.Filter()
        filter.since = scenario.now
        #expect(Affected(scenario.state, filter).people.map(\.pseudonym) == [Scenario.publicKey("bob")])
        filter = Affected.Filter()
        filter.jobs = [Scenario.publicKey("another")]
        #expect(Affected(scenario.state, filter).people.isEmpty)
        filter = Affected.Filter()
        filter.purposes = [programme.purpose]
        #expect(Affected(scenario.state, filter).people.count == 2)
    }
}
