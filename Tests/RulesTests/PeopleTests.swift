import CofferTestKit
import Rules
import Sealing
import Testing

/// Pseudonyms, purposes and consents.
@Suite("Statements about people")
struct PeopleTests {
    static let cases: [RefusalCase] = [
        RefusalCase(nil, "pseudonyms that nobody knows") { s, _ in s.submit(s.enrol(["cy", "di"]), by: ["desk"]) },
        RefusalCase("signature", "an enrolment by a reviewer") { s, _ in s.submit(s.enrol(["cy"]), by: ["works"]) },
        RefusalCase("enrol.charter", "under another charter") { s, p in
            s.submit(s.enrol(["cy"], charter: p.purpose), by: ["desk"])
        },
        RefusalCase("enrol.known", "one of them is enrolled: all or nothing") { s, _ in
            s.submit(s.enrol(["cy", "ann"]), by: ["desk"])
        },
        RefusalCase("enrol.known", "a reviewer's key") { s, _ in s.submit(s.enrol(["works"]), by: ["desk"]) },
        RefusalCase("enrol.known", "a job's key") { s, _ in s.submit(s.enrol(["job"]), by: ["desk"]) },
        RefusalCase("enrol.pseudonyms", "a key outside the prime-order subgroup") { s, _ in
            let bad = try #require(Scenario.badKey)
            return s.submit(Enrol(heading: s.heading(), charter: s.charter.hash, pseudonyms: [bad]), by: ["desk"])
        },
        RefusalCase("malformed", "nobody") { s, _ in s.submit(s.enrol([]), by: ["desk"]) },
        RefusalCase("malformed", "five hundred and one") { s, _ in
            s.submit(s.enrol((0...500).map { "p\($0)" }), by: ["desk"])
        },

        RefusalCase(nil, "a purpose") { s, _ in s.submit(s.purpose(), by: ["privacy", "legal", "works"]) },
        RefusalCase("quorum", "too few reviewers") { s, _ in s.submit(s.purpose(), by: ["works"]) },
        RefusalCase("quorum", "enough, but all of the company") { s, _ in
            s.submit(s.purpose(), by: ["privacy", "legal"])
        },
        RefusalCase("purpose.notice", "a notice below the minimum") { s, _ in
            s.submit(s.purpose(notice: Scenario.hour - 1), by: Scenario.reviewers)
        },
        RefusalCase("purpose.ends", "an end at its entry") { s, _ in
            s.submit(s.purpose(ends: s.now), by: Scenario.reviewers)
        },
        RefusalCase("malformed", "no kinds") { s, _ in s.submit(s.purpose(kinds: []), by: Scenario.reviewers) },
        RefusalCase("malformed", "no apps") { s, _ in s.submit(s.purpose(apps: []), by: Scenario.reviewers) },
        RefusalCase("withdrawn", "a purpose that was withdrawn before it came") { s, _ in
            let purpose = s.purpose()
            #expect(s.submit(s.withdraw(purpose.hash), by: Scenario.reviewers).isAccepted)
            return s.submit(purpose, by: Scenario.reviewers)
        },
        RefusalCase("quorum", "a withdrawal by one") { s, p in s.submit(s.withdraw(p.purpose), by: ["works"]) },

        RefusalCase(nil, "a consent") { s, p in try s.newcomer { $0.consent("cy", to: p.purpose) } },
        RefusalCase("signature", "by somebody else") { s, p in
            s.submit(s.enrol(["cy"]), by: ["desk"])
            return s.submit(s.consent("cy", to: p.purpose), by: ["ann"])
        },
        RefusalCase("consent.pseudonym", "of a stranger") { s, p in
            s.submit(s.consent("cy", to: p.purpose), by: ["cy"])
        },
        RefusalCase("consent.once", "a second one, ever") { s, p in
            s.submit(s.consent("ann", to: p.purpose), by: ["ann"])
        },
        RefusalCase("consent.once", "a second one, after the first expired") { s, p in
            s.now += 31 * millisecondsPerDay
            return s.submit(s.consent("ann", to: p.purpose), by: ["ann"])
        },
        RefusalCase("consent.purpose", "to nothing") { s, _ in
            try s.newcomer { $0.consent("cy", to: Hash256(of: Bytes("nothing".utf8))) }
        },
        RefusalCase("consent.purpose", "to a purpose that ended") { s, p in
            s.now += 60 * millisecondsPerDay
            return try s.newcomer { $0.consent("cy", to: p.purpose) }
        },
        RefusalCase("consent.purpose", "to a purpose withdrawn") { s, p in
            s.submit(s.withdraw(p.purpose), by: Scenario.reviewers)
            return try s.newcomer { $0.consent("cy", to: p.purpose) }
        },
        RefusalCase("consent.roster", "under keys of another roster") { s, p in
            try s.newcomer { $0.consent("cy", to: p.purpose, roster: p.purpose) }
        },
        RefusalCase("consent.window", "a window below the minimum") { s, p in
            try s.newcomer { $0.consent("cy", to: p.purpose, window: Scenario.hour - 1) }
        },
        RefusalCase("consent.expires", "expiring at its entry") { s, p in
            try s.newcomer { $0.consent("cy", to: p.purpose, expires: $0.now) }
        },
        RefusalCase(nil, "for ninety days") { s, p in
            try s.newcomer { $0.consent("cy", to: p.purpose, expires: $0.now + 90 * millisecondsPerDay) }
        },
        RefusalCase("consent.expires", "for ninety days and a millisecond") { s, p in
            try s.newcomer { $0.consent("cy", to: p.purpose, expires: $0.now + 90 * millisecondsPerDay + 1) }
        },
        RefusalCase("revoked", "after the card was used") { s, p in
            s.submit(s.revoke("cy"), by: ["cy"])
            return try s.newcomer { $0.consent("cy", to: p.purpose) }
        },
        RefusalCase("dismissed", "after being dismissed, even before being enrolled") { s, p in
            s.submit(s.dismiss(["cy"]), by: ["desk"])
            return try s.newcomer { $0.consent("cy", to: p.purpose) }
        },
        RefusalCase("signature", "a revoke by somebody else") { s, _ in s.submit(s.revoke("ann"), by: ["bob"]) },
        RefusalCase("signature", "an erase by somebody else") { s, p in
            s.submit(s.erase("ann", under: p.purpose, [Scenario.page(1)]), by: ["bob"])
        },
        RefusalCase("malformed", "an erase of nothing") { s, p in
            s.submit(s.erase("ann", under: p.purpose, []), by: ["ann"])
        },
    ]

    @Test("Statements about people are accepted or refused by their rules", arguments: cases)
    func people(_ attempt: RefusalCase) throws { try attempt.check() }

    /// What stops is accepted in every state that has a charter, before and after everything it might concern.
    @Test("Stopping statements are accepted in every state")
    func stoppingStatementsAreAcceptedInEveryState() {
        for elapsed in [0, 1, 40 * millisecondsPerDay, 400 * millisecondsPerDay] {
            var scenario = Scenario()
            let programme = elapsed == 0 ? nil : scenario.programme()
            scenario.now += elapsed
            scenario.submit(scenario.halt(), by: ["emergency"])
            let purpose = programme?.purpose ?? Hash256(of: Bytes("to come".utf8))
            for _ in 0..<2 {
                scenario.submit(scenario.halt(), by: ["security"])
                scenario.submit(scenario.withdraw(purpose), by: Scenario.reviewers)
                scenario.submit(scenario.revoke("ann"), by: ["ann"])
                scenario.submit(scenario.revoke("nobody"), by: ["nobody"])
                scenario.submit(scenario.erase("ann", under: purpose, [Scenario.page(1)]), by: ["ann"])
                scenario.submit(scenario.dismiss(["ann", "nobody"]), by: ["desk"])
            }
            #expect(scenario.verdicts.compactMap(\.rule).isEmpty)
        }
    }
}

extension Scenario {
    /// Enrols "cy", who submits this consent.
    mutating func newcomer(_ consent: (inout Scenario) -> Consent) throws -> Verdict {
        submit(enrol(["cy"]), by: ["desk"])
        return submit(consent(&self), by: ["cy"])
    }
}
