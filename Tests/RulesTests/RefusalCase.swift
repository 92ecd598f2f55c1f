import CofferTestKit
import Rules
import Sealing
import Testing

/// One thing that somebody tries, and the rule that refuses it (nil: it is accepted).
struct RefusalCase: Sendable, CustomTestStringConvertible {
    let rule: String?
    let what: String
    let attempt: @Sendable (inout Scenario, Scenario.Programme) throws -> Verdict

    init(
        _ rule: String?, _ what: String,
        _ attempt: @escaping @Sendable (inout Scenario, Scenario.Programme) throws -> Verdict
    ) {
        self.rule = rule
        self.what = what
        self.attempt = attempt
    }

    var testDescription: String { "\(rule ?? "accepted"): \(what)" }

    /// In a programme that runs: the verdict is the one expected, and a refusal leaves no trace in the state.
    func check() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        #expect(scenario.verdicts.compactMap(\.rule).isEmpty)
        let verdict = try attempt(&scenario, programme)
        #expect(verdict.rule == rule)
        if !verdict.isAccepted {
            // Without the last entry the state is the same.
            var without = LedgerState(origin: Scenario.origin, charterHash: scenario.charter.hash)
            for entry in scenario.entries.dropLast() { without.apply(entry) }
            #expect(without.digest == scenario.state.digest)
        }
    }
}

extension Scenario {
    /// A key whose bytes are on the curve but not in the prime-order subgroup.
    static let badKey = try? VerifyingKey(hex: "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")

    static var hour: Milliseconds { 3_600_000 }
}
