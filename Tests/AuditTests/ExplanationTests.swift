import CofferTestKit
import Rules
import Sealing
import Testing

@testable import Audit

/// Entries in words.
@Suite("Explanations")
struct ExplanationTests {
    @Test("Every type has a sentence")
    func everyTypeHasASentence() throws {
        var scenario = Scenario()
        let programme = scenario.programme(["ann"])
        let consent = try #require(programme.consents["ann"])
        _ = try scenario.read(programme, ["ann"], pages: [1, 2])
        scenario.submit(scenario.outcome(programme.grant), by: ["job"])
        scenario.submit(scenario.erase("ann", under: consent, [Scenario.page(1)]), by: ["ann"])
        let halt = scenario.halt()
        scenario.submit(halt, by: ["security"])
        scenario.submit(scenario.resume([halt.hash]), by: Scenario.reviewers)
        scenario.submit(scenario.dismiss(["bob"]), by: ["desk"])
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        scenario.submit(scenario.withdraw(programme.purpose), by: Scenario.reviewers)
        scenario.submit(scenario.destroyed("acme-1", size: 3), by: ["acme-1"])
        scenario.append([1, 2, 3])

        let explanations = zip(scenario.entries, scenario.verdicts).enumerated().map { index, pair in
            Explanation(
                ReplayedEntry(index: UInt64(index), stamp: pair.0.stamp, note: pair.0.note[...], verdict: pair.1),
                in: scenario.state)
        }
        let types = explanations.compactMap(\.type)
        #expect(
            types == [
                "charter", "enrol", "purpose", "consent", "grant", "release", "outcome", "erase", "halt", "resume",
                "dismiss", "revoke", "withdraw", "destroyed",
            ])
        #expect(explanations.allSatisfy { !$0.sentence.isEmpty })
        #expect(explanations[0].sentence.contains("company 2-of-3, council 1-of-1"))
        #expect(explanations[5].sentence.contains("2 pages and 1 index week under 1 consent, by the grant at entry 4"))
        #expect(explanations[4].signers.contains("privacy (reviewer)") && explanations[4].signers.count == 3)
        #expect(explanations[8].signers == ["security (halter)"])
        let last = try #require(explanations.last)
        #expect(last.type == nil && last.signers.isEmpty && last.verdict.rule != nil)
        // Words for people hold a pseudonym's first digits only.
        #expect(explanations.allSatisfy { !$0.sentence.contains(Scenario.publicKey("ann").hex) })
    }
}
