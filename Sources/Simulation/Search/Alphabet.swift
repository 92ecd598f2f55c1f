import CofferTestKit
import Ledger
import Rules
import Sealing

/// The statements that the search puts in every order, each signed once.
struct Alphabet: Sendable {
    struct Letter: Sendable {
        let name: String
        /// How much later than the entry before it.
        let later: Milliseconds
        let note: Bytes
        let fact: Fact?
    }

    /// Charter, enrolment and purpose; then everything until a job may release.
    private(set) var beginnings: [[(stamp: Milliseconds, letter: Letter)]] = []
    private(set) var letters: [Letter] = []
    let consent: Hash256
    let purpose: Hash256
    /// What is judged after each entry.
    let releases: [Hash256]

    static let pages = [Scenario.page(1), Scenario.page(2)].sorted()
    static let day = Day(of: Scenario.noon) - 3

    init() throws {
        var made: UInt8 = 0
        func heading(_ hours: Milliseconds) -> Heading {
            made += 1
            return Heading(
                origin: Cast.origin, id: ID128(Bytes(repeating: made, count: 16)),
                until: Scenario.noon + hours * 3_600_000)
        }
        func stopping() -> Heading {
            let heading = heading(0)
            return Heading(origin: heading.origin, id: heading.id, until: nil)
        }
        func letter(_ name: String, _ content: some StatementContent, _ signers: [String]) throws -> Letter {
            let note = Scenario.note(content, by: signers)
            let fact = Fact(try Statement(parsing: content.text), hash: content.hash, signers: Set(signers))
            return Letter(name: name, later: 0, note: note, fact: fact)
        }
        let ann = Cast.publicKey("ann")
        let enrol = Enrol(heading: heading(20), charter: Cast.charter.hash, pseudonyms: [ann])
        let purpose = Purpose(
            heading: heading(20), name: "autocomplete", text: "Train.", basis: "consent", owner: "Research",
            kinds: [.keys], apps: Scenario.names(["code"]), outputs: "One.", notice: 3_600_000, pages: 3,
            ends: Scenario.noon + 5 * millisecondsPerDay)
        let consent = Consent(
            heading: heading(20), pseudonym: ann, purpose: purpose.hash, rosterHash: Cast.charter.hash,
            subKeys: Hash256(of: [1]), scope: Hash256(of: [2]), window: 3_600_000,
            expires: Scenario.noon + 3 * millisecondsPerDay)
        let grant = Grant(
            heading: heading(20), purpose: purpose.hash, job: Cast.publicKey(Cast.job), kinds: [.keys],
            apps: Scenario.names(["code"]), from: Self.day, to: Self.day, pages: 3,
            expires: Scenario.noon + 4 * millisecondsPerDay)
        let recipient = try Cast.sealingKey(Cast.recipients[0]).publicKey
        let releases = [2, 26].map { hours in
            Release(
                heading: heading(hours), grant: grant.hash, recipient: recipient,
                consents: [.init(consent: consent.hash, ids: Self.pages)])
        }
        let halt = Halt(heading: stopping())
        var terms = Cast.terms
        terms.groups[0] = CharterTerms.Group(
            name: terms.groups[0].name, threshold: 3, brokers: terms.groups[0].brokers)
        let amend = Amend(
            amends: Cast.charter.hash, heading: heading(40), terms: terms, notice: 3_600_000, ends: true)
        self.consent = consent.hash
        self.purpose = purpose.hash
        self.releases = releases.map(\.hash)

        let reviewers = Cast.reviewers
        let charter = Letter(
            name: "charter", later: 0, note: Cast.charterNote,
            fact: Fact(.charter(Cast.charter), hash: Cast.charter.hash, signers: []))
        let first = [
            charter, try letter("enrol", enrol, [Cast.desk]), try letter("purpose", purpose, reviewers),
        ]
        let second = [
            try letter("consent", consent, ["ann"]), try letter("grant", grant, [Cast.job] + reviewers),
        ]
        beginnings = [first.map { (Scenario.noon, $0) }, (first + second).map { (Scenario.noon, $0) }]
        letters = [
            second[0], second[1], try letter("release 1", releases[0], [Cast.job]),
            try letter("release 2", releases[1], [Cast.job]),
            try letter("revoke", Revoke(heading: stopping(), pseudonym: ann), ["ann"]),
            try letter(
                "erase", Erase(heading: stopping(), pseudonym: ann, consent: consent.hash, pages: [Self.pages[0]]),
                ["ann"]),
            try letter("dismiss", Dismiss(heading: stopping(), pseudonyms: [ann]), [Cast.desk]),
            try letter("withdraw", Withdraw(heading: stopping(), purpose: purpose.hash), reviewers),
            try letter("halt", halt, [Cast.halter]),
            try letter("resume", Resume(heading: heading(30), halts: [halt.hash]), reviewers),
            try letter("amend", amend, [Cast.ledger, Cast.desk, Cast.halter] + reviewers + Cast.brokers),
            Letter(name: "an hour", later: 3_600_000, note: [], fact: nil),
            Letter(name: "a day", later: millisecondsPerDay, note: [], fact: nil),
        ]
    }
}
