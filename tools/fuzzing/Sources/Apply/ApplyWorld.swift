import CofferTestKit
import Rules
import Sealing

/// A log as it may stand in the middle of a programme, and statements that may follow, each signed by those who may.
struct ApplyWorld: Sendable {
    struct Prepared: Sendable {
        let text: Bytes
        let signers: [String]
        let note: Bytes
    }

    static let shared = Result { try ApplyWorld() }

    let start: LedgerState
    let now: Milliseconds
    private(set) var prepared: [Prepared] = []

    private init() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        self.start = scenario.state
        self.now = scenario.now
        for statement in try Self.statements(&scenario, programme) {
            prepared.append(
                Prepared(
                    text: statement.0.text, signers: statement.1, note: Scenario.note(statement.0, by: statement.1)))
        }
        // What the log holds already is refused; on an empty state it would not be.
        for entry in scenario.entries.prefix(4) {
            prepared.append(Prepared(text: entry.note, signers: ["desk"], note: entry.note))
        }
    }

    private static func statements(
        _ s: inout Scenario, _ programme: Scenario.Programme
    ) throws -> [(any StatementContent, [String])] {
        let ann = programme.consents["ann"] ?? programme.purpose
        let bob = programme.consents["bob"] ?? programme.purpose
        let pages = (0..<4).map(Scenario.page)
        let other = s.purpose("other", notice: 0)
        let cy = s.consent("cy", to: programme.purpose)
        let grant = s.grant(programme.purpose, job: "job-2", pages: 3)
        let halts = [s.halt(), s.halt()]
        let week = PageID.week((Day(of: s.now) - 3).monday)
        var terms = s.terms
        terms.reviewQuorum = 1
        terms.groups.removeLast()
        let everyone = Scenario.names(signing: s.terms)
        return [
            (s.enrol(["cy", "dee"]), ["desk"]), (cy, ["cy"]), (other, Scenario.reviewers),
            (s.consent("dee", to: other.hash, window: 7_200_000), ["dee"]), (grant, ["job-2"] + Scenario.reviewers),
            (try s.release(programme.grant, [ann: pages + [week], bob: [pages[0]]]), ["job"]),
            (try s.release(programme.grant, [bob: pages]), ["job"]),
            (try s.release(grant.hash, [cy.hash: pages]), ["job-2"]),
            (s.erase("ann", under: ann, [pages[1]]), ["ann"]),
            (s.erase("cy", under: cy.hash, [pages[2], week]), ["cy"]),
            (s.revoke("ann"), ["ann"]), (s.revoke("cy"), ["cy"]), (s.dismiss(["bob", "dee"]), ["desk"]),
            (s.withdraw(programme.purpose), Scenario.reviewers), (s.withdraw(other.hash), Scenario.reviewers),
            (halts[0], ["security"]), (halts[1], ["emergency"]), (s.resume([halts[0].hash]), Scenario.reviewers),
            (s.resume(halts.map(\.hash)), Scenario.reviewers), (s.outcome(programme.grant, disposed: true), ["job"]),
            (s.destroyed("acme-2", size: 6), ["acme-2"]), (s.amend(s.terms), everyone),
            (s.amend(terms, ends: true), everyone), (s.enrol((0..<9).map { "person \($0)" }), ["desk"]),
            (try s.release(programme.grant, [ann: (100..<140).map(Scenario.page)]), ["job"]),
        ]
    }
}
