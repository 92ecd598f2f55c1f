import CofferTestKit
import Rules
import Sealing
import Testing

/// The terms that may govern a ledger.
@Suite("Charters")
struct CharterTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let rule: String?
        let what: String
        let change: @Sendable (inout CharterTerms) -> Void

        init(_ rule: String?, _ what: String, _ change: @escaping @Sendable (inout CharterTerms) -> Void) {
            self.rule = rule
            self.what = what
            self.change = change
        }

        var testDescription: String { "\(rule ?? "accepted"): \(what)" }
    }

    static func company(_ threshold: Int, of count: Int, named name: String = "company") -> CharterTerms.Group {
        Scenario.group(name, threshold: threshold, (0..<count).map { "\(name) \($0)" }, operator: name, .company)
    }

    static let cases: [Case] = [
        Case(nil, "the usual one") { _ in },
        Case(nil, "one group, 4 of 7") { $0.groups = [company(4, of: 7)] },
        Case(nil, "fourteen brokers in all") { $0.groups = [company(4, of: 7), company(7, of: 7, named: "council")] },
        Case("charter.version", "rules of the future") { $0.version = 2 },
        Case("charter.threshold", "no group") { $0.groups = [] },
        Case("charter.threshold", "half is not more than half") { $0.groups = [company(2, of: 4)] },
        Case("charter.threshold", "a threshold of zero") { $0.groups = [company(0, of: 1)] },
        Case("charter.threshold", "more than there are") { $0.groups = [company(4, of: 3)] },
        Case("charter.threshold", "eight in a group") { $0.groups = [company(5, of: 8)] },
        Case("charter.threshold", "fifteen in all") {
            $0.groups = [company(4, of: 7), company(4, of: 7, named: "b"), company(1, of: 1, named: "c")]
        },
        Case("charter.threshold", "a group without a name") { $0.groups = [company(1, of: 1, named: "")] },
        Case("charter.names", "two groups of one name") {
            let other = Scenario.group("company", threshold: 1, ["council-1"], operator: "council", .employees)
            $0.groups = [company(2, of: 3), other]
        },
        Case("charter.operator", "one operator in two groups") {
            $0.groups = [
                Scenario.group("a", threshold: 1, ["acme-1"], operator: "acme", .company),
                Scenario.group("b", threshold: 1, ["acme-2"], operator: "acme", .company),
            ]
        },
        Case("charter.witnesses", "no witness") { $0.witnesses = [] },
        Case("charter.desk", "a desk of the company") { $0.desk = Scenario.officer("desk", .company) },
        Case("charter.quorums", "a quorum that cannot be met") { $0.reviewQuorum = 4 },
        Case("charter.quorums", "a quorum of nobody") { $0.resumeQuorum = 0 },
        Case("charter.quorums", "no reviewer at all") { $0.reviewers = [] },
        Case("charter.quorums", "no reviewer of the employees") {
            $0.reviewers = [Scenario.officer("privacy", .company), Scenario.officer("legal", .company)]
        },
        Case("charter.quorums", "no halter") { $0.halters = [] },
        Case("charter.demo", "a demonstration that waits") { $0.demo = true },
        Case(nil, "a demonstration") {
            $0.demo = true
            $0.minimumWindow = 0
            $0.minimumNotice = 0
        },
        Case("charter.keys", "a reviewer who is also a halter") {
            $0.halters.append(Scenario.officer("works", .employees))
        },
        Case("charter.keys", "a witness with a broker's cosigner key") {
            $0.witnesses = [Scenario.witness("cosigner acme-1")]
        },
    ]

    @Test("Charters are accepted or refused by their rules", arguments: cases)
    func charter(_ attempt: Case) {
        let scenario = Scenario(change: attempt.change)
        #expect(scenario.verdicts[0].rule == attempt.rule)
        let found: String?
        do throws(Refusal) {
            try scenario.terms.check()
            found = nil
        } catch { found = error.rule }
        #expect(found == attempt.rule)
    }

    @Test("A key outside the prime-order subgroup is refused")
    func aKeyOutsideThePrimeOrderSubgroupIsRefused() throws {
        let bad = try #require(Scenario.badKey)
        var terms = Scenario.terms()
        terms.witnesses = [CharterTerms.Witness(name: "north", key: bad, url: "")]
        #expect(throws: Refusal("charter.keys", "")) { try terms.check() }
    }

    @Test("Names compare as bytes")
    func namesCompareAsBytes() throws {
        // The same letter composed and decomposed: two names to everyone who compares bytes.
        var terms = Scenario.terms()
        let (one, two) = ("caf\u{E9}", "cafe\u{301}")
        #expect(one == two)
        terms.halters = [
            CharterTerms.Officer(name: one, key: Scenario.publicKey("security"), side: .company),
            CharterTerms.Officer(name: two, key: Scenario.publicKey("emergency"), side: .employees),
        ]
        try terms.check()
        terms.halters.append(CharterTerms.Officer(name: one, key: Scenario.publicKey("union"), side: .employees))
        #expect(throws: Refusal("charter.names", "")) { try terms.check() }
    }

    @Test("Every signing key signs", arguments: ["ledger", "acme-2", "council-1", "privacy", "emergency", "desk"])
    func everySigningKeySigns(_ missing: String) {
        let scenario = Scenario()
        var state = LedgerState(origin: Scenario.origin, charterHash: scenario.charter.hash)
        let names = Scenario.names(signing: scenario.terms).filter { $0 != missing }
        let verdict = state.apply(Entry(stamp: scenario.now, note: Scenario.note(scenario.charter, by: names)))
        #expect(verdict.rule == "quorum")
        #expect(state.charter == nil)
    }
}
