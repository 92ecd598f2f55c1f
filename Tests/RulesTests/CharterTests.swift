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

    /// A group with brokers of both sides.
    static func mixed(_ threshold: Int, company: Int, employees: Int, named name: String = "mixed")
        -> CharterTerms.Group
    {
        let one = Scenario.group(name, threshold: threshold, (0..<company).map { "a \($0)" }, operator: "a", .company)
        let other = Scenario.group(name, threshold: 1, (0..<employees).map { "c \($0)" }, operator: "c", .employees)
        return CharterTerms.Group(name: name, threshold: threshold, brokers: one.brokers + other.brokers)
    }

    /// The usual terms with another sealing key for the first broker, and other URLs if any.
    static func sealing(_ change: (inout Bytes) -> Void, in terms: inout CharterTerms) {
        let broker = terms.groups[0].brokers[0]
        var bytes = broker.sealing.bytes
        change(&bytes)
        guard let key = try? SealingPublicKey(bytes) else { return }
        let spoiled = CharterTerms.Broker(
            name: broker.name, operator: broker.op, side: broker.side, noteKey: broker.noteKey,
            cosigner: broker.cosigner, sealing: key, url: broker.url)
        terms.groups[0] = CharterTerms.Group(
            name: terms.groups[0].name, threshold: terms.groups[0].threshold,
            brokers: [spoiled] + terms.groups[0].brokers.dropFirst())
    }

    static let cases: [Case] = [
        Case(nil, "the usual one") { _ in },
        Case(nil, "one group, 4 of 7, three of them the company's") {
            $0.groups = [mixed(4, company: 3, employees: 4)]
        },
        Case(nil, "fourteen brokers in all") {
            $0.groups = [company(4, of: 7), mixed(7, company: 6, employees: 1, named: "council")]
        },
        Case("charter.version", "rules of the future") { $0.version = 5 },
        Case(nil, "the third rules") { $0.version = 3 },
        Case(nil, "the second rules") { $0.version = 2 },
        Case("charter.version", "version zero") { $0.version = 0 },
        Case("charter.sides", "one group of the company") { $0.groups = [company(4, of: 7)] },
        Case("charter.sides", "two groups of the company") {
            $0.groups = [company(2, of: 3), company(1, of: 1, named: "b")]
        },
        Case("charter.sides", "the company has a threshold in each") {
            $0.groups = [mixed(4, company: 4, employees: 3)]
        },
        Case(nil, "one group of the company, by the first rules") {
            $0.version = 1
            $0.groups = [company(4, of: 7)]
        },
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
        Case("charter.keys", "a sealing key of ff") {
            sealing({ $0 = Bytes(repeating: 0xff, count: $0.count) }, in: &$0)
        },
        Case("charter.keys", "a sealing key with one number that is too large") {
            sealing({ $0.replaceSubrange(1_149..<1_152, with: [0, 0x10, 0xd0]) }, in: &$0)
        },
        Case(nil, "a sealing key with the largest number") {
            sealing({ $0.replaceSubrange(1_149..<1_152, with: [0, 0x00, 0xd0]) }, in: &$0)
        },
        Case("charter.keys", "a sealing key of small order") {
            sealing({ $0.replaceSubrange(1_184..., with: Bytes(repeating: 0, count: 32)) }, in: &$0)
        },
        Case("charter.keys", "the same with the bit that is ignored") {
            sealing({ $0.replaceSubrange(1_184..., with: [0xed] + Bytes(repeating: 0xff, count: 31)) }, in: &$0)
        },
        Case(nil, "a sealing key of ff, by the first rules") {
            $0.version = 1
            sealing({ $0 = Bytes(repeating: 0xff, count: $0.count) }, in: &$0)
        },
        Case("charter.url", "a port that does not exist") { $0.ledgerURL = "http://ledger.example:99999" },
        Case("charter.url", "a desk without a host") { $0.deskURL = "http://:80" },
        Case("charter.url", "a witness without a URL") {
            $0.witnesses = [CharterTerms.Witness(name: "north", key: Scenario.publicKey("north"), url: "")]
        },
        Case(nil, "a port that does not exist, by the first rules") {
            $0.version = 1
            $0.ledgerURL = "http://ledger.example:99999"
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
