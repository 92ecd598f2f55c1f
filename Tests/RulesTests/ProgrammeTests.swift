import CofferTestKit
import Rules
import Sealing
import Testing

/// The way on which every statement is accepted.
@Suite("Whole programme")
struct ProgrammeTests {
    @Test("The whole way from a charter to an outcome is accepted")
    func theWholeWay() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let ann = try #require(programme.consents["ann"])
        let release = try scenario.release(
            programme.grant, [ann: [.week(Day(of: scenario.now).monday), Scenario.page(1)]])
        scenario.submit(release, by: ["job"])
        scenario.submit(scenario.outcome(programme.grant), by: ["job"])
        scenario.submit(scenario.erase("ann", under: ann, [Scenario.page(1)]), by: ["ann"])
        let halt = scenario.halt()
        scenario.submit(halt, by: ["security"])
        scenario.submit(scenario.resume([halt.hash]), by: Scenario.reviewers)
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        scenario.submit(scenario.destroyed("acme-1", size: 3), by: ["acme-1"])
        scenario.submit(scenario.dismiss(["bob"]), by: ["desk"])
        scenario.submit(scenario.withdraw(programme.purpose), by: Scenario.reviewers)
        #expect(scenario.verdicts.map(\.rule) == Array(repeating: nil, count: 15))
    }

    @Test("Every statement reads back from its text")
    func everyStatementReadsBackFromItsText() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let terms = scenario.terms
        var statements: [any StatementContent] = [
            scenario.charter, scenario.amend(terms), scenario.enrol(["cy", "di"]), scenario.dismiss(["cy"]),
            scenario.purpose(), scenario.withdraw(programme.purpose), scenario.consent("cy", to: programme.purpose),
            scenario.revoke("cy"), scenario.erase("cy", under: programme.purpose, (0..<9).map(Scenario.page)),
            scenario.grant(programme.purpose), scenario.outcome(programme.grant),
            scenario.destroyed("acme-1", size: 2), scenario.halt(), scenario.resume([programme.grant]),
        ]
        statements.append(try scenario.release(programme.grant, [programme.purpose: [Scenario.page(1)]]))
        #expect(Set(statements.map { type(of: $0).type }).count == 15)
        for statement in statements {
            let read = try Statement(parsing: statement.text)
            #expect(read.content.text == statement.text)
            #expect(read.content.hash == statement.hash)
        }
    }
}
