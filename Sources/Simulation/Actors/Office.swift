import CofferTestKit
import Ledger
import Rules
import Sealing

/// Everyone who signs. Makes statements with ids from the seed, and remembers the statements that others refer to.
struct Office {
    var purposes: [Filing] = []
    var grants: [Filing] = []
    var halts: [Filing] = []
    /// Statements without an answer so far.
    var unanswered: [Filing] = []
    var accepted: Set<Hash256> = []
}

extension World {
    func heading(_ lifetime: Milliseconds = 1_800_000) -> Heading {
        Heading(origin: Cast.origin, id: ID128(random.bytes(16)), until: time.now + lifetime)
    }

    func stoppingHeading() -> Heading { Heading(origin: Cast.origin, id: ID128(random.bytes(16)), until: nil) }

    /// Signs a statement and tells the observer who signed it.
    func file(_ content: some StatementContent, _ label: String, by signers: [String]) -> Filing {
        let text = content.text
        let bytes =
            text + [10]
            + signers.flatMap { NoteKey(signer: Cast.publicKey($0)).sign(text, with: Cast.key($0)).encoded }
        let statement = (try? Statement(parsing: text)) ?? .charter(Cast.charter)
        let filing = Filing(
            label: label, hash: Hash256(of: D("statement"), text), statement: statement, bytes: bytes)
        oracle.history.learn(bytes, Fact(statement, hash: filing.hash, signers: Set(signers)))
        return filing
    }

    func append(_ filing: Filing, from sender: String) {
        office.unanswered.append(filing)
        send(.append(filing), from: sender, to: Cast.ledger)
    }

    // MARK: Statements

    func makeEnrol() -> Filing {
        file(
            Enrol(heading: heading(), charter: Cast.charter.hash, pseudonyms: Cast.people.map(Cast.publicKey)), "enrol",
            by: [Cast.desk])
    }

    func makePurpose() -> Filing {
        let filing = file(
            Purpose(
                heading: heading(), name: "autocomplete", text: "Train a model.", basis: "consent", owner: "Research",
                kinds: [.keys, .screen], apps: Scenario.names(["code", "xterm"]), outputs: "One model.",
                notice: 3_600_000, pages: plan.purposeBudget, ends: Scenario.noon + 20 * millisecondsPerDay),
            "purpose \(office.purposes.count)", by: Cast.reviewers)
        office.purposes.append(filing)
        return filing
    }

    func makeGrant(under purpose: Hash256) -> Filing {
        let today = Day(of: Scenario.noon)
        let filing = file(
            Grant(
                heading: heading(), purpose: purpose, job: Cast.publicKey(Cast.job),
                kinds: random.oneIn(6) ? [.keys] : [.keys, .screen],
                apps: Scenario.names(random.oneIn(6) ? ["code"] : ["code", "xterm"]), from: today - 3,
                to: random.oneIn(5) ? today - 2 : today, pages: plan.grantBudget,
                expires: time.now + (random.oneIn(4) ? 2 : 10) * millisecondsPerDay),
            "grant \(office.grants.count)", by: [Cast.job] + Cast.reviewers)
        office.grants.append(filing)
        return filing
    }

    func makeHalt() -> Filing {
        let filing = file(Halt(heading: stoppingHeading()), "halt \(office.halts.count)", by: [Cast.halter])
        office.halts.append(filing)
        return filing
    }

    func makeResume() -> Filing? {
        guard !office.halts.isEmpty else { return nil }
        return file(Resume(heading: heading(), halts: office.halts.map(\.hash)), "resume", by: Cast.reviewers)
    }

    /// Terms of other keys, signed by everyone who must sign them.
    func makeUsurpation() -> Filing {
        file(
            Amend(
                amends: Cast.charter.hash, heading: heading(6 * millisecondsPerDay), terms: Cast.usurpers,
                notice: 3_600_000, ends: false),
            "usurpation",
            by: [Cast.ledger, Cast.desk, Cast.halter] + Cast.reviewers + Cast.brokers
                + ["usurping ledger", "usurper-1", "usurper-2"])
    }

    /// A statement that only the usurpers' log has.
    func makeUsurpersHalt() -> Filing {
        file(Halt(heading: stoppingHeading()), "usurpers' halt", by: [Cast.halter])
    }

    /// New terms: with another threshold, or only with other limits.
    func makeAmend() -> Filing {
        var terms = Cast.terms
        let isNewRoster = random.oneIn(2)
        if isNewRoster {
            terms.groups[0] = CharterTerms.Group(
                name: terms.groups[0].name, threshold: 3, brokers: terms.groups[0].brokers)
        } else {
            terms.minimumWindow = 7_200_000
        }
        let ends = random.oneIn(2)
        return file(
            Amend(
                amends: Cast.charter.hash, heading: heading(), terms: terms, notice: 3_600_000, ends: ends),
            "amend (\(isNewRoster ? "roster" : "window")\(ends ? ", ending consents" : ""))",
            by: [Cast.ledger, Cast.desk, Cast.halter] + Cast.reviewers + Cast.brokers)
    }
}
