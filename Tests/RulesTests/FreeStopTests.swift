import CofferTestKit
import Rules
import Sealing
import Testing

/// Stops have no rate. So what changes nothing is not one of them.
@Suite("Free stops")
struct FreeStopTests {
    private static func rule(_ statement: some StatementContent, by signers: [String], in state: LedgerState)
        -> String?
    {
        state.refusal(ofStop: PreparedNote(Scenario.note(statement, by: signers)))?.rule
    }

    @Test("Every stop that does something is free")
    func free() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let ann = try #require(programme.consents["ann"])
        let state = scenario.state
        #expect(Self.rule(scenario.revoke("ann"), by: ["ann"], in: state) == nil)
        #expect(Self.rule(scenario.revoke("eve"), by: ["eve"], in: state) == nil)
        #expect(Self.rule(scenario.erase("ann", under: ann, [Scenario.page(1)]), by: ["ann"], in: state) == nil)
        #expect(Self.rule(scenario.halt(), by: ["emergency"], in: state) == nil)
        #expect(Self.rule(scenario.dismiss(["bob"]), by: ["desk"], in: state) == nil)
        #expect(Self.rule(scenario.withdraw(programme.purpose), by: Scenario.reviewers, in: state) == nil)
        // Asking changes nothing.
        #expect(scenario.state.digest == state.digest)
    }

    @Test("A second revoke, an erase after it, and an erase under another's consent are not")
    func moot() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let (ann, bob) = (try #require(programme.consents["ann"]), try #require(programme.consents["bob"]))
        let page = [Scenario.page(1)]
        #expect(Self.rule(scenario.erase("ann", under: bob, page), by: ["ann"], in: scenario.state) == "stop.moot")
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        #expect(Self.rule(scenario.revoke("ann"), by: ["ann"], in: scenario.state) == "stop.moot")
        #expect(Self.rule(scenario.erase("ann", under: ann, page), by: ["ann"], in: scenario.state) == "stop.moot")
        #expect(Self.rule(scenario.dismiss(["ann"]), by: ["desk"], in: scenario.state) == nil)
    }

    @Test("What `apply` would refuse is not free, and neither is a starting statement")
    func refused() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        #expect(Self.rule(scenario.revoke("ann"), by: ["bob"], in: scenario.state) == "signature")
        #expect(Self.rule(scenario.halt(), by: ["privacy"], in: scenario.state) == "signature")
        #expect(Self.rule(scenario.withdraw(programme.purpose), by: ["privacy"], in: scenario.state) == "quorum")
        #expect(Self.rule(scenario.purpose(), by: Scenario.reviewers, in: scenario.state) == "malformed")
        #expect(scenario.state.refusal(ofStop: PreparedNote([1, 2, 3]))?.rule == "malformed")
    }

    @Test("Beyond the bounds on ids only a revoke is free")
    func bounds() throws {
        var scenario = Scenario()
        scenario.submit(scenario.enrol(["eve"]), by: ["desk"])
        func pages(_ count: Int, from first: Int = 0) -> [PageID] { (first..<first + count).map(Scenario.page) }
        let early = LedgerState.maximumEarlyErasedIDs
        for half in 0..<2 {
            // Under whatever hash: the consent is not there yet.
            let erase = scenario.erase(
                "eve", under: Hash256(of: [UInt8(half)]), pages(early / 2, from: half * early / 2))
            #expect(Self.rule(erase, by: ["eve"], in: scenario.state) == nil)
            scenario.submit(erase, by: ["eve"])
        }
        let more = scenario.erase("eve", under: Hash256(of: [2]), pages(1))
        #expect(Self.rule(more, by: ["eve"], in: scenario.state) == "erase.early")
        #expect(Self.rule(scenario.revoke("eve"), by: ["eve"], in: scenario.state) == nil)

        let programme = scenario.programme(["ann"])
        let ann = try #require(programme.consents["ann"])
        var stops = DirectStops()
        stops.hold(.erase(scenario.erase("ann", under: ann, pages(LedgerState.mostErasedIDs - 1))))
        let held = scenario.state.obeying(stops)
        let page = Scenario.page(-1), other = Scenario.page(-2)
        #expect(Self.rule(scenario.erase("ann", under: ann, [page]), by: ["ann"], in: held) == nil)
        #expect(Self.rule(scenario.erase("ann", under: ann, [page, other]), by: ["ann"], in: held) == "erase.ids")
        #expect(Self.rule(scenario.revoke("ann"), by: ["ann"], in: held) == nil)
        // `apply` keeps no bound: what is in the log counts.
        #expect(scenario.submit(more, by: ["eve"]).isAccepted)
    }

    @Test("What a broker holds directly has its effect")
    func heldDirectly() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let ann = try #require(programme.consents["ann"])
        let (revoke, halt) = (scenario.revoke("ann"), scenario.halt())
        let erase = scenario.erase("bob", under: try #require(programme.consents["bob"]), [Scenario.page(1)])
        var stops = DirectStops()
        for statement in [Statement.revoke(revoke), .halt(halt), .erase(erase)] { stops.hold(statement) }
        let bound = scenario.state.obeying(stops)
        for statement in [Statement.revoke(scenario.revoke("ann")), .halt(halt), .erase(erase)] {
            #expect(bound.hasEffect(of: statement) && !scenario.state.hasEffect(of: statement))
        }
        #expect(!bound.isLive(consent: ann) && bound.isHalted)
        #expect(!bound.hasEffect(of: .halt(scenario.halt())))
    }
}
