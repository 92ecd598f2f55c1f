import CofferTestKit
import Ledger
import Rules
import Sealing
import Testing

/// What stops, stops for ever, in whatever order entries come.
@Suite("Stops are final")
struct FinalityTests {
    private enum Step: CaseIterable { case consent, release, revoke, dismiss, withdraw, halt }

    /// Every order of these six: once a stop stands in the log, nothing of what it stops is accepted after it, and in
    /// the end nothing is answered.
    @Test("In every order, nothing that was stopped is accepted or answered afterwards")
    func everyOrder() throws {
        var start = Scenario()
        let programme = start.programme(["bob"])
        let bob = try #require(programme.consents["bob"])
        start.submit(start.enrol(["ann"]), by: ["desk"])
        let consent = start.consent("ann", to: programme.purpose)
        let pages = [consent.hash: [Scenario.page(1)], bob: [Scenario.page(2)]]
        let notes: [Step: Bytes] = [
            .consent: Scenario.note(consent, by: ["ann"]),
            .release: Scenario.note(try start.release(programme.grant, pages), by: ["job"]),
            .revoke: Scenario.note(start.revoke("ann"), by: ["ann"]),
            .dismiss: Scenario.note(start.dismiss(["bob"]), by: ["desk"]),
            .withdraw: Scenario.note(start.withdraw(programme.purpose), by: Scenario.reviewers),
            .halt: Scenario.note(start.halt(), by: ["emergency"]),
        ]
        let claim = PageClaim(kind: "keys", app: "code", day: Day(of: start.now) - 1)
        var orders = 0
        func go(_ state: LedgerState, after seen: Set<Step>) throws {
            let left = Step.allCases.filter { !seen.contains($0) }
            if left.isEmpty {
                orders += 1
                #expect(!state.isLive(consent: consent.hash))
                for release in state.releases.keys {
                    for position in 0..<2 {
                        #expect(throws: Refusal.self) {
                            try state.judge(release: release, position: position, claim: claim, now: start.now)
                        }
                    }
                }
            }
            for step in left {
                var state = state
                let verdict = state.apply(Entry(stamp: start.now, note: try #require(notes[step])))
                let open =
                    switch step {
                    case .consent: seen.isDisjoint(with: [.revoke, .withdraw])
                    case .release:
                        seen.contains(.consent) && seen.isDisjoint(with: [.revoke, .dismiss, .withdraw, .halt])
                            && state.consents[consent.hash] != nil
                    default: true
                    }
                #expect(verdict.isAccepted == open)
                try go(state, after: seen.union([step]))
            }
        }
        try go(start.state, after: [])
        #expect(orders == 720)
    }

    /// The effect depends on the text only: whichever sufficient set signed, the state is the same.
    @Test("It does not matter which reviewers signed")
    func whoSignedMakesNoDifference() throws {
        var scenario = Scenario()
        let purpose = scenario.purpose()
        var digests: Set<Hash256> = []
        for signers in [
            ["privacy", "works"], ["works", "privacy"], ["legal", "works"], ["privacy", "legal", "works"],
        ] {
            var state = scenario.state
            #expect(state.apply(Entry(stamp: scenario.now, note: Scenario.note(purpose, by: signers))).isAccepted)
            digests.insert(state.digest)
        }
        #expect(digests.count == 1)
    }

    /// A copy of the state is a value: what is applied to one does not show in the other.
    @Test("Copies of a state are independent")
    func copiesAreValues() throws {
        var scenario = Scenario()
        _ = scenario.programme()
        let copy = scenario.state
        let digest = copy.digest
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        #expect(copy.digest == digest)
        #expect(scenario.state.digest != digest)
    }
}
