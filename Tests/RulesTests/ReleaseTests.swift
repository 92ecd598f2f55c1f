import CofferTestKit
import Rules
import Sealing
import Testing

/// Grants, releases, outcomes, destructions, halts and resumes.
@Suite("Grants and releases")
struct ReleaseTests {
    static let grants: [RefusalCase] = [
        RefusalCase(nil, "a grant") { s, p in s.submit(s.grant(p.purpose), by: ["job", "privacy", "works"]) },
        RefusalCase("quorum", "without its job") { s, p in s.submit(s.grant(p.purpose), by: Scenario.reviewers) },
        RefusalCase("quorum", "without the reviewers") { s, p in s.submit(s.grant(p.purpose), by: ["job"]) },
        RefusalCase("quorum", "without the employees' side") { s, p in
            s.submit(s.grant(p.purpose), by: ["job", "privacy", "legal"])
        },
        RefusalCase("grant.purpose", "for nothing") { s, p in
            s.submit(s.grant(p.grant), by: ["job"] + Scenario.reviewers)
        },
        RefusalCase("grant.purpose", "for a purpose withdrawn") { s, p in
            s.submit(s.withdraw(p.purpose), by: Scenario.reviewers)
            return s.submit(s.grant(p.purpose), by: ["job"] + Scenario.reviewers)
        },
        RefusalCase("grant.kind", "a kind beyond the purpose") { s, p in
            s.submit(s.grant(p.purpose, kinds: [.keys, .prompt]), by: ["job"] + Scenario.reviewers)
        },
        RefusalCase("grant.app", "an app beyond it") { s, p in
            s.submit(s.grant(p.purpose, apps: ["code", "mail"]), by: ["job"] + Scenario.reviewers)
        },
        RefusalCase("grant.days", "days that run backwards") { s, p in
            s.submit(s.grant(p.purpose, from: 20_000, to: 19_999), by: ["job"] + Scenario.reviewers)
        },
        RefusalCase("grant.budget", "more than the purpose's budget") { s, p in
            s.submit(s.grant(p.purpose, pages: 1001), by: ["job"] + Scenario.reviewers)
        },
        RefusalCase("grant.expires", "expiring at its entry") { s, p in
            s.submit(s.grant(p.purpose, expires: s.now), by: ["job"] + Scenario.reviewers)
        },
        RefusalCase("grant.expires", "beyond the purpose") { s, p in
            let expires = Scenario.noon + 60 * millisecondsPerDay + 1
            return s.submit(s.grant(p.purpose, expires: expires), by: ["job"] + Scenario.reviewers)
        },
        RefusalCase("grant.job", "a pseudonym as a job") { s, p in
            s.submit(s.grant(p.purpose, job: "ann"), by: ["ann"] + Scenario.reviewers)
        },
        RefusalCase("grant.job", "a reviewer as a job") { s, p in
            s.submit(s.grant(p.purpose, job: "works"), by: ["privacy", "works"])
        },
    ]

    static let releases: [RefusalCase] = [
        RefusalCase(nil, "a page and a week") { s, p in
            try s.releasing(p, [.week(Day(of: s.now).monday), Scenario.page(1)])
        },
        RefusalCase("signature", "by another than the grant's job") { s, p in
            let release = try s.release(p.grant, [#require(p.consents["ann"]): [Scenario.page(1)]])
            return s.submit(release, by: ["other"])
        },
        RefusalCase("release.grant", "without a grant") { s, p in
            s.submit(try s.release(p.purpose, [p.purpose: [Scenario.page(1)]]), by: ["job"])
        },
        RefusalCase("release.grant", "once the grant has expired") { s, p in
            s.now = Scenario.noon + 20 * millisecondsPerDay
            return try s.releasing(p, [Scenario.page(1)])
        },
        RefusalCase("release.notice", "before the notice has passed") { s, p in
            let grant = s.grant(p.purpose)
            s.submit(grant, by: ["job"] + Scenario.reviewers)
            s.now += Scenario.hour - 1
            return s.submit(
                try s.release(grant.hash, [#require(p.consents["ann"]): [Scenario.page(1)]]), by: ["job"])
        },
        RefusalCase("release.purpose", "once the purpose is withdrawn") { s, p in
            s.submit(s.withdraw(p.purpose), by: Scenario.reviewers)
            return try s.releasing(p, [Scenario.page(1)])
        },
        RefusalCase("release.consent", "of a consent that is not there") { s, p in
            s.submit(try s.release(p.grant, [p.purpose: [Scenario.page(1)]]), by: ["job"])
        },
        RefusalCase("release.consent", "of a consent to another purpose") { s, p in
            let other = s.purpose("other")
            s.submit(other, by: Scenario.reviewers)
            s.submit(s.enrol(["cy"]), by: ["desk"])
            let consent = s.consent("cy", to: other.hash)
            s.submit(consent, by: ["cy"])
            return s.submit(try s.release(p.grant, [consent.hash: [Scenario.page(1)]]), by: ["job"])
        },
        RefusalCase("revoked", "of one who revoked") { s, p in
            s.submit(s.revoke("ann"), by: ["ann"])
            return try s.releasing(p, [Scenario.page(1)])
        },
        RefusalCase("dismissed", "of one who was dismissed") { s, p in
            s.submit(s.dismiss(["ann"]), by: ["desk"])
            return try s.releasing(p, [Scenario.page(1)])
        },
        RefusalCase("revoked", "of two, one of whom revoked") { s, p in
            s.submit(s.revoke("bob"), by: ["bob"])
            let (ann, bob) = (try #require(p.consents["ann"]), try #require(p.consents["bob"]))
            return s.submit(
                try s.release(p.grant, [ann: [Scenario.page(1)], bob: [Scenario.page(1)]]), by: ["job"])
        },
        RefusalCase("consent.expired", "of a consent that expired") { s, p in
            s.submit(s.enrol(["cy"]), by: ["desk"])
            let consent = s.consent("cy", to: p.purpose, expires: s.now + 1)
            s.submit(consent, by: ["cy"])
            s.now += 1
            return s.submit(try s.release(p.grant, [consent.hash: [Scenario.page(1)]]), by: ["job"])
        },
        RefusalCase("halted", "during a halt") { s, p in
            s.submit(s.halt(), by: ["security"])
            return try s.releasing(p, [Scenario.page(1)])
        },
        RefusalCase("halted", "while one of two halts stands") { s, p in
            let (one, two) = (s.halted(), s.halted())
            s.submit(s.resume(one), by: Scenario.reviewers)
            #expect(s.state.haltsInForce == Set(two))
            return try s.releasing(p, [Scenario.page(1)])
        },
        RefusalCase(nil, "after both were lifted") { s, p in
            let halts = s.halted() + s.halted()
            s.submit(s.resume(halts), by: Scenario.reviewers)
            return try s.releasing(p, [Scenario.page(1)])
        },
        RefusalCase(nil, "of an erased page: it counts, and no broker answers it") { s, p in
            s.submit(s.erase("ann", under: try #require(p.consents["ann"]), [Scenario.page(1)]), by: ["ann"])
            return try s.releasing(p, [Scenario.page(1)])
        },
        RefusalCase("release.week", "a week that begins on a Tuesday") { s, p in
            try s.releasing(p, [.week(Day(of: s.now).monday + 1)])
        },
        RefusalCase("release.week", "the id of sixteen zeros") { s, p in try s.releasing(p, [.zero]) },
        RefusalCase("release.week", "the last week there can be") { s, p in try s.releasing(p, [.week(.max)]) },
        RefusalCase("release.week", "a week after the grant's days") { s, p in
            try s.releasing(p, [.week(Day(of: s.now).monday + 7)])
        },
        RefusalCase("release.week", "a week before them") { s, p in
            try s.releasing(p, [.week(Day(of: s.now).monday - 21)])
        },
        RefusalCase("malformed", "of nothing") { s, p in s.submit(try s.release(p.grant, [:]), by: ["job"]) },
        RefusalCase("malformed", "of a consent without ids") { s, p in try s.releasing(p, []) },
        RefusalCase("malformed", "of 1,001 ids") { s, p in try s.releasing(p, (0...1000).map(Scenario.page)) },
        RefusalCase("malformed", "under 129 consents") { s, p in
            let consents = (0...128).map { (Hash256(of: Bytes("consent \($0)".utf8)), [Scenario.page($0)]) }
            return s.submit(try s.release(p.grant, Dictionary(uniqueKeysWithValues: consents)), by: ["job"])
        },
    ]

    static let rest: [RefusalCase] = [
        RefusalCase(nil, "an outcome, and another") { s, p in
            s.submit(s.outcome(p.grant), by: ["job"])
            return s.submit(s.outcome(p.grant, disposed: true), by: ["job"])
        },
        RefusalCase("outcome.grant", "of no grant") { s, p in s.submit(s.outcome(p.purpose), by: ["job"]) },
        RefusalCase("signature", "an outcome by another") { s, p in s.submit(s.outcome(p.grant), by: ["works"]) },
        RefusalCase(nil, "a destruction at this very size") { s, _ in
            s.submit(s.destroyed("acme-1", size: s.state.size), by: ["acme-1"])
        },
        RefusalCase("destroyed.size", "a destruction to come") { s, _ in
            s.submit(s.destroyed("acme-1", size: s.state.size + 1), by: ["acme-1"])
        },
        RefusalCase("destroyed.broker", "a destruction by no broker") { s, _ in
            s.submit(s.destroyed("works", size: 1), by: ["works"])
        },
        RefusalCase("destroyed.broker", "by a broker's cosigner key") { s, _ in
            s.submit(s.destroyed("cosigner acme-1", size: 1), by: ["cosigner acme-1"])
        },
        RefusalCase("resume.halts", "of a halt that never was") { s, p in
            s.submit(s.resume([p.grant]), by: Scenario.reviewers)
        },
        RefusalCase("quorum", "a resume by too few") { s, _ in s.submit(s.resume(s.halted()), by: ["works"]) },
        RefusalCase("quorum", "a resume by the company alone") { s, _ in
            s.submit(s.resume(s.halted()), by: ["privacy", "legal"])
        },
        RefusalCase("signature", "a resume by a halter") { s, _ in
            s.submit(s.resume(s.halted()), by: Scenario.reviewers + ["security"])
        },
        RefusalCase("malformed", "a resume of nothing") { s, _ in s.submit(s.resume([]), by: Scenario.reviewers) },
    ]

    @Test("Grants are accepted or refused by their rules", arguments: grants)
    func theGrant(_ attempt: RefusalCase) throws { try attempt.check() }
    @Test("Releases are accepted or refused by their rules", arguments: releases)
    func theRelease(_ attempt: RefusalCase) throws { try attempt.check() }
    @Test("Outcomes, destructions and resumes are accepted or refused by their rules", arguments: rest)
    func theRest(_ attempt: RefusalCase) throws { try attempt.check() }

    /// Every named id counts once an entry, under its grant and its purpose, until the UTC day is over.
    @Test("Budgets are kept")
    func budgetsHold() throws {
        var scenario = Scenario()
        let p = scenario.programme()
        let second = scenario.grant(p.purpose, pages: 700)
        scenario.submit(second, by: ["job"] + Scenario.reviewers)
        scenario.now += Scenario.hour
        let ann = try #require(p.consents["ann"])
        let bob = try #require(p.consents["bob"])
        func name(_ grant: Hash256, _ count: Int, from first: Int = 0) throws -> String? {
            let ids = (first..<first + count).map(Scenario.page)
            return scenario.submit(try scenario.release(grant, [ann: ids]), by: ["job"]).rule
        }
        #expect(try name(p.grant, 499) == nil)
        #expect(try name(p.grant, 2) == "release.budget")
        #expect(try name(p.grant, 1) == nil, "the same id once more counts once more")
        #expect(try name(p.grant, 1) == "release.budget")
        #expect(try name(second.hash, 500) == nil)
        #expect(try name(second.hash, 1) == "release.budget", "the purpose's budget is spent")
        // The same id under two consents is two pages.
        scenario.now = (Day(of: scenario.now) + 1).start - 1
        #expect(try name(second.hash, 1) == "release.budget")
        scenario.now += 1
        let both = try scenario.release(
            p.grant, [ann: (0..<250).map(Scenario.page), bob: (0..<250).map(Scenario.page)])
        #expect(scenario.submit(both, by: ["job"]).isAccepted)
        #expect(try name(p.grant, 1) == "release.budget")
        #expect(try name(second.hash, 500) == nil)
    }
}

extension Scenario {
    /// The programme's job releases these pages of Ann's.
    mutating func releasing(_ programme: Programme, _ ids: [PageID]) throws -> Verdict {
        submit(try release(programme.grant, [#require(programme.consents["ann"]): ids]), by: ["job"])
    }
}
