import CofferTestKit
import Rules
import Sealing
import Testing

/// Amendments: who signs, when they take effect, what becomes of rosters, consents and keys.
@Suite("Amendments")
struct AmendTests {
    static let quorum = ["ledger", "desk", "privacy", "works", "emergency", "acme-1", "acme-3", "council-1"]

    static let cases: [RefusalCase] = [
        RefusalCase(nil, "a quorum of every role") { s, _ in s.submit(s.amend(s.terms), by: quorum) },
        RefusalCase("amend.amends", "not what is in force") { s, p in
            s.submit(s.amend(s.terms, amends: p.purpose), by: quorum)
        },
        RefusalCase("amend.pending", "while another waits") { s, _ in
            s.submit(s.amend(s.terms), by: quorum)
            return s.submit(s.amend(s.terms), by: quorum)
        },
        RefusalCase("charter.witnesses", "terms that no charter may have") { s, _ in
            var terms = s.terms
            terms.witnesses = []
            return s.submit(s.amend(terms), by: quorum)
        },
        RefusalCase("charter.keys", "a reviewer's key made a halter's") { s, _ in
            var terms = s.terms
            terms.halters.append(Scenario.officer("legal", .company))
            terms.reviewers.removeAll { $0.name == "legal" }
            return s.submit(s.amend(terms), by: quorum)
        },
        RefusalCase("charter.keys", "a pseudonym made a reviewer") { s, _ in
            var terms = s.terms
            terms.reviewers.append(Scenario.officer("ann", .employees))
            return s.submit(s.amend(terms), by: quorum + ["ann"])
        },
        RefusalCase("quorum", "a new key that has not signed") { s, _ in
            var terms = s.terms
            terms.reviewers.append(Scenario.officer("union", .employees))
            return s.submit(s.amend(terms), by: quorum)
        },
        RefusalCase("enrol.known", "a waiting amendment's key as a pseudonym") { s, _ in
            var terms = s.terms
            terms.reviewers.append(Scenario.officer("union", .employees))
            s.submit(s.amend(terms), by: quorum + ["union"])
            return s.submit(s.enrol(["union"]), by: ["desk"])
        },
        RefusalCase("grant.job", "a waiting amendment's key as a job") { s, p in
            var terms = s.terms
            terms.reviewers.append(Scenario.officer("union", .employees))
            s.submit(s.amend(terms), by: quorum + ["union"])
            return s.submit(s.grant(p.purpose, job: "union"), by: ["union"] + Scenario.reviewers)
        },
        RefusalCase("signature", "a new reviewer before the notice has passed") { s, _ in
            s.submit(s.amendment(adding: "union"), by: quorum + ["union"])
            s.now += Scenario.hour - 1
            return s.submit(s.purpose(), by: ["privacy", "union"])
        },
        RefusalCase(nil, "a new reviewer after it") { s, _ in
            s.submit(s.amendment(adding: "union"), by: quorum + ["union"])
            s.now += Scenario.hour
            return s.submit(s.purpose(), by: ["privacy", "union"])
        },
        RefusalCase(nil, "a consent to the old roster: the brokers only moved") { s, p in
            s.submit(s.amend(s.movedBrokers(), ends: true), by: quorum)
            s.now += Scenario.hour
            return s.submit(try s.release(p.grant, [#require(p.consents["ann"]): [Scenario.page(1)]]), by: ["job"])
        },
        RefusalCase(nil, "a consent to the old roster lives on") { s, p in
            s.submit(s.amend(s.newCouncil()), by: quorum + ["council-2"])
            s.now += Scenario.hour
            return s.submit(try s.release(p.grant, [#require(p.consents["ann"]): [Scenario.page(1)]]), by: ["job"])
        },
        RefusalCase("consent.ended", "unless the amendment ends it") { s, p in
            s.submit(s.amend(s.newCouncil(), ends: true), by: quorum + ["council-2"])
            s.now += Scenario.hour
            return s.submit(try s.release(p.grant, [#require(p.consents["ann"]): [Scenario.page(1)]]), by: ["job"])
        },
        RefusalCase("consent.roster", "a new consent to the old roster") { s, p in
            let amend = s.amend(s.newCouncil())
            s.submit(amend, by: quorum + ["council-2"])
            s.now += Scenario.hour
            s.submit(s.enrol(["cy"], charter: amend.hash), by: ["desk"])
            return s.submit(s.consent("cy", to: p.purpose, roster: s.charter.hash), by: ["cy"])
        },
        RefusalCase("enrol.charter", "an enrolment under the old terms") { s, _ in
            s.submit(s.amend(s.terms), by: quorum)
            s.now += Scenario.hour
            return s.submit(s.enrol(["cy"], charter: s.charter.hash), by: ["desk"])
        },
    ]

    @Test("Amendments are accepted or refused by their rules", arguments: cases)
    func amend(_ attempt: RefusalCase) throws { try attempt.check() }

    @Test("Every signer of the quorum is needed", arguments: quorum)
    func eachOfTheQuorumIsNeeded(_ missing: String) {
        var scenario = Scenario()
        let amend = scenario.amend(scenario.terms)
        #expect(scenario.submit(amend, by: Self.quorum.filter { $0 != missing }).rule == "quorum")
    }

    @Test("The notice is at least the minimum")
    func theNoticeIsAtLeastTheMinimum() {
        var scenario = Scenario()
        var terms = scenario.terms
        terms.minimumNotice = 0
        let amend = scenario.amend(terms, notice: 0)
        scenario.submit(amend, by: Self.quorum)
        #expect(scenario.state.charter?.hash == scenario.charter.hash)
        scenario.now += Scenario.hour
        scenario.append([])
        #expect(scenario.state.charter?.hash == amend.hash)
        #expect(scenario.state.roster == scenario.charter.hash)
    }

    @Test("A roster shows where its brokers are now")
    func aRosterShowsWhereItsBrokersAreNow() throws {
        var scenario = Scenario()
        scenario.submit(scenario.amend(scenario.movedBrokers()), by: Self.quorum)
        scenario.now += Scenario.hour
        scenario.append([])
        let groups = try #require(scenario.state.rosters[scenario.charter.hash])
        #expect(groups.flatMap(\.brokers).allSatisfy { $0.url == "http://moved.example" })
    }

    @Test("The clock alone does not change the digest")
    func theClockAloneDoesNotChangeTheDigest() {
        var scenario = Scenario.withProgramme()
        scenario.submit(scenario.amend(scenario.newCouncil(), ends: true), by: Self.quorum + ["council-2"])
        let before = scenario.state.digest
        scenario.now += 3 * millisecondsPerDay
        scenario.append([])
        #expect(scenario.state.charters.count == 2)
        #expect(scenario.state.digest == before)
    }
}

extension Scenario {
    mutating func amendment(adding reviewer: String) -> Amend {
        var terms = terms
        terms.reviewers.append(Self.officer(reviewer, .employees))
        return amend(terms)
    }

    /// The same brokers at other URLs.
    func movedBrokers() -> CharterTerms {
        var terms = terms
        terms.groups = terms.groups.map { group in
            CharterTerms.Group(
                name: group.name, threshold: group.threshold,
                brokers: group.brokers.map {
                    CharterTerms.Broker(
                        name: $0.name, operator: $0.op, side: $0.side, noteKey: $0.noteKey, cosigner: $0.cosigner,
                        sealing: $0.sealing, url: "http://moved.example")
                })
        }
        return terms
    }

    /// Another broker for the council.
    func newCouncil() -> CharterTerms {
        var terms = terms
        terms.groups[1] = Self.group("council", threshold: 1, ["council-2"], operator: "council", .employees)
        return terms
    }
}
