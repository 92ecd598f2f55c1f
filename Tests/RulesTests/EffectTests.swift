import CofferTestKit
import Rules
import Sealing
import Testing

/// A statement is done by what stands in the state, not by which bytes stand in the log.
@Suite("Effects of statements")
struct EffectTests {
    @Test("Before its entry no statement has done its work, and after it every one has")
    func everyStatement() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let ann = try #require(programme.consents["ann"])
        let halt = scenario.halt()
        let steps: [(Statement, by: [String])] = [
            (.enrol(scenario.enrol(["eve"])), ["desk"]),
            (.purpose(scenario.purpose("other")), Scenario.reviewers),
            (.grant(scenario.grant(programme.purpose)), ["job"] + Scenario.reviewers),
            (.erase(scenario.erase("ann", under: ann, [Scenario.page(1), Scenario.page(2)])), ["ann"]),
            (.release(try scenario.release(programme.grant, [ann: [Scenario.page(3)]])), ["job"]),
            (.outcome(scenario.outcome(programme.grant)), ["job"]),
            (.halt(halt), ["emergency"]),
            (.resume(scenario.resume([halt.hash])), Scenario.reviewers),
            (.revoke(scenario.revoke("ann")), ["ann"]),
            (.dismiss(scenario.dismiss(["bob"])), ["desk"]),
            (.withdraw(scenario.withdraw(programme.purpose)), Scenario.reviewers),
        ]
        for (statement, signers) in steps {
            #expect(!scenario.state.hasEffect(of: statement), "\(statement.type)")
            scenario.append(Self.note(statement, by: signers))
            #expect(scenario.verdicts.last?.isAccepted == true, "\(statement.type)")
            #expect(scenario.state.hasEffect(of: statement), "\(statement.type)")
        }
        // Lifting a halt does not undo that it was held.
        #expect(scenario.state.hasEffect(of: .halt(halt)))
    }

    @Test("Another's entry with the same effect counts; part of the effect does not")
    func byEffect() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let ann = try #require(programme.consents["ann"])
        let (card, laptop) = (scenario.revoke("ann"), scenario.revoke("ann"))
        let both = scenario.erase("ann", under: ann, [Scenario.page(1), Scenario.page(2)])
        scenario.submit(scenario.erase("ann", under: ann, [Scenario.page(1)]), by: ["ann"])
        #expect(!scenario.state.hasEffect(of: .erase(both)))
        scenario.submit(scenario.erase("ann", under: ann, [Scenario.page(2), Scenario.page(3)]), by: ["ann"])
        #expect(scenario.state.hasEffect(of: .erase(both)))

        scenario.submit(card, by: ["ann"])
        #expect(scenario.state.index(of: laptop.hash) == nil)
        #expect(scenario.state.hasEffect(of: .revoke(laptop)))
        #expect(!scenario.state.hasEffect(of: .revoke(scenario.revoke("bob"))))
        #expect(!scenario.state.hasEffect(of: .dismiss(scenario.dismiss(["ann"]))))
        #expect(!scenario.state.hasEffect(of: .halt(scenario.halt())))
    }

    @Test("A copy of the same text with a broken signature stands in the log and does nothing")
    func mangledCopy() throws {
        var scenario = Scenario()
        _ = scenario.programme()
        let revoke = scenario.revoke("ann")
        var mangled = Scenario.note(revoke, by: ["ann"])
        let signature = Scenario.note(scenario.revoke("ann"), by: ["ann"]).suffix(20)
        mangled.replaceSubrange(mangled.count - 20..<mangled.count, with: signature)
        #expect(!scenario.append(mangled).isAccepted)
        #expect(!scenario.state.hasEffect(of: .revoke(revoke)))
        #expect(scenario.append(Scenario.note(revoke, by: ["ann"])).isAccepted)
        #expect(scenario.state.hasEffect(of: .revoke(revoke)))
    }

    @Test("An erase is moot after its revoke, and under any hash but its pseudonym's one consent")
    func mootErases() throws {
        var scenario = Scenario()
        scenario.submit(scenario.enrol(["eve"]), by: ["desk"])
        // Without a consent nothing is moot: it may come with this hash.
        let early = scenario.erase("eve", under: Hash256(of: [7]), [Scenario.page(1)])
        #expect(!scenario.state.hasEffect(of: .erase(early)))
        let programme = scenario.programme()
        let (ann, bob) = (try #require(programme.consents["ann"]), try #require(programme.consents["bob"]))
        #expect(scenario.state.hasEffect(of: .erase(scenario.erase("ann", under: bob, [Scenario.page(1)]))))
        let erase = scenario.erase("ann", under: ann, [Scenario.page(1)])
        #expect(!scenario.state.hasEffect(of: .erase(erase)))
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        #expect(scenario.state.hasEffect(of: .erase(erase)))
    }

    private static func note(_ statement: Statement, by signers: [String]) -> Bytes {
        func note(_ content: some StatementContent) -> Bytes { Scenario.note(content, by: signers) }
        return note(statement.content)
    }
}
