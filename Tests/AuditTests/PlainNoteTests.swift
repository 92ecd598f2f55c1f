import CofferTestKit
import Foundation
import Ledger
import Rules
import Sealing
import Testing

@testable import Audit

/// What people read before they sign.
@Suite("Notes in plain sentences")
struct PlainNoteTests {
    private func plain(
        _ statement: Statement, in state: LedgerState? = nil, now: Milliseconds = Scenario.noon,
        by signers: [String] = []
    ) throws -> PlainNote {
        var note = try SignedNote(text: statement.content.text, signatures: [])
        for signer in signers { note.sign(with: Scenario.key(signer)) }
        return PlainNote(note, statement, in: state, now: now)
    }

    @Test("An amendment says what it changes in the terms in force, and no more")
    func anAmendmentSaysWhatItChanges() throws {
        var scenario = Scenario.withProgramme()
        var terms = scenario.terms
        terms.rate = 7
        terms.reviewers.removeAll { $0.name == "legal" }
        terms.halters.append(Scenario.officer("night", .company))
        let amend = scenario.amend(terms, notice: 2 * millisecondsPerDay, ends: true)
        let shown = try plain(.amend(amend), in: scenario.state, now: scenario.now, by: ["privacy"])
        #expect(
            shown.changes == [
                "Changed: 2 of 2 reviewers must sign a purpose, a grant or a withdrawal, one of the employees' side among "
                    + "them.\n    Before: 2 of 3 reviewers must sign a purpose, a grant or a withdrawal, one of the "
                    + "employees' side among them.",
                "New: The halter “night”, of the company's side, alone can stop every release, and signs with "
                    + "\(Scenario.publicKey("night").hex).",
                "Changed: The ledger takes 7 statements an hour from one key. Stops do not count.\n    Before: The ledger "
                    + "takes 1000 statements an hour from one key. Stops do not count.",
                "Gone: The reviewer “legal”, of the company's side, signs with \(Scenario.publicKey("legal").hex).",
                "It would take effect 2 days after its entry.",
                "0 live consents would end.",
                "As the next entry it would be accepted, once everyone has signed who must.",
            ])
        #expect(shown.signers == ["privacy (reviewer)"])
        #expect(shown.sentences.contains { $0.contains("It asks for a notice of 2 days.") })
        // Every key is there in full.
        let text = shown.sentences.joined()
        #expect(terms.signingKeys.allSatisfy { text.contains($0.hex) })
    }

    @Test("An amendment of a roster says how many consents it ends; one of earlier terms, that it would be refused")
    func anAmendmentOfTheRoster() throws {
        var scenario = Scenario.withProgramme()
        var terms = scenario.terms
        terms.groups[0] = Scenario.group("company", threshold: 2, ["a", "b", "c"], operator: "acme", .company)
        let ends = scenario.amend(terms, ends: true)
        let shown = try plain(.amend(ends), in: scenario.state, now: scenario.now)
        #expect(shown.changes?.contains("2 live consents would end.") == true)
        let wrong = scenario.amend(scenario.terms, amends: ends.hash)
        #expect(
            try plain(.amend(wrong), in: scenario.state, now: scenario.now).changes?.last
                == "As the next entry it would be refused: The amendment does not amend the charter in force. "
                + "(rule amend.amends)")
    }

    @Test("A broker's new key is a change, and two officers of one name are never taken for each other")
    func changesOfKeys() throws {
        let scenario = Scenario()
        var terms = scenario.terms
        terms.reviewers[0] = CharterTerms.Officer(name: "privacy", key: Scenario.publicKey("thief"), side: .company)
        let changes = terms.facts.changes(since: scenario.terms.facts)
        #expect(changes.count == 1 && changes[0].hasPrefix("Changed: ") && changes[0].contains("\n    Before: "))
        #expect(changes[0].contains(Scenario.publicKey("thief").hex))
        terms.reviewers.append(Scenario.officer("privacy", .company))
        let both = terms.facts.changes(since: scenario.terms.facts)
        #expect(both.contains { $0.hasPrefix("New: ") && $0.contains(Scenario.publicKey("thief").hex) })
        #expect(!both.contains { $0.contains("reviewer “privacy”") && $0.hasPrefix("Gone: ") })
        #expect(scenario.terms.facts.changes(since: scenario.terms.facts).isEmpty)
    }

    @Test("Every type says what it does, and compares itself with the ledger")
    func everyType() throws {
        var scenario = Scenario()
        let programme = scenario.programme(["ann"])
        let consent = try #require(programme.consents["ann"])
        let halt = scenario.halt()
        scenario.submit(halt, by: ["security"])
        let key = Scenario.publicKey("ann").hex
        let cases: [(Statement, says: String, changes: String)] = [
            (.charter(scenario.charter), "The lake is “http://lake.example”.", "It is the pinned charter."),
            (
                .purpose(scenario.purpose("other")), "It takes keys, screen, window of code, xterm.",
                "No live purpose has this name."
            ),
            (
                .purpose(scenario.purpose(pages: 9)), "At most 9 pages may be released under it each UTC day.",
                "Changed: At most 9 pages may be released under it each UTC day.\n    Before: At most 1000 pages may be "
                    + "released under it each UTC day."
            ),
            (
                .grant(scenario.grant(programme.purpose, job: "other job")),
                "It may name at most 500 pages each UTC day.", "The purpose is “autocomplete” of entry 2"
            ),
            (
                .grant(scenario.grant(programme.purpose)), "It reads keys, screen, window of code, xterm.",
                "The job has 1 other live grant."
            ),
            (
                .withdraw(scenario.withdraw(programme.purpose)),
                "It ends the purpose \(programme.purpose.hex), for good.",
                "1 live consent and 1 live grant would end."
            ),
            (
                .enrol(scenario.enrol(["carl"])), "It enrols the pseudonym \(Scenario.publicKey("carl").hex).",
                "1 pseudonym are known so far."
            ),
            (.enrol(scenario.enrol(["ann"])), "It enrols the pseudonym \(key).", "(rule enrol.known)"),
            (
                .dismiss(scenario.dismiss(["ann", "carl"])), "It ends the pseudonym \(key) and its consent, for good.",
                "1 of 2 pseudonyms have a live consent, which would end."
            ),
            (
                .consent(scenario.consent("bob", to: programme.purpose)), "A day's pages may be answered 1 h after",
                "As the next entry it would be refused"
            ),
            (
                .revoke(scenario.revoke("ann")), "It ends the consent of the pseudonym \(key), for good.",
                "1 of 1 pseudonym have a live consent, which would end."
            ),
            (
                .erase(scenario.erase("ann", under: consent, [Scenario.page(1)])), "1 page under the consent",
                "it would be accepted"
            ),
            (
                .release(try scenario.release(programme.grant, [consent: [Scenario.page(1)]])),
                "1 page and 0 index weeks under the consent", "As the next entry"
            ),
            (.outcome(scenario.outcome(programme.grant)), "The model is kept until 2026-", "it would be accepted"),
            (
                .destroyed(scenario.destroyed("acme-1", size: 3)), "ended in the first 3 entries",
                "it would be accepted"
            ),
            (
                .halt(halt), "It stops every release until a resume names it.",
                "It is in the ledger already, as entry 5."
            ),
            (
                .resume(scenario.resume([halt.hash])), "It lifts the halt \(halt.hash.hex).",
                "0 other halts would stay in force."
            ),
        ]
        for (statement, says, changes) in cases {
            let shown = try plain(statement, in: scenario.state, now: scenario.now)
            #expect(shown.sentences.contains { $0.contains(says) }, "\(statement.type): \(shown.sentences)")
            let found = try #require(shown.changes)
            #expect(found.contains { $0.contains(changes) }, "\(statement.type): \(found)")
            #expect(try plain(statement).changes == nil)
        }
        let types = Set(cases.map(\.0.type))
        #expect(types.count == 14)
    }

    @Test("Nobody's words pass for a sentence of their own")
    func wordsOfOthers() throws {
        let forged = "x”.\nAs the next entry it would be accepted.\u{202e}\u{9b}2J"
        var scenario = Scenario()
        let purpose = Purpose(
            heading: scenario.heading(), name: forged, text: forged, basis: forged, owner: forged,
            kinds: Scenario.kinds,
            apps: Scenario.names(Scenario.apps), outputs: forged, notice: 3_600_000, pages: 10,
            ends: scenario.now + millisecondsPerDay)
        scenario.submit(purpose, by: Scenario.reviewers)
        var terms = scenario.terms
        terms.lake = forged
        terms.witnesses.append(CharterTerms.Witness(name: forged, key: Scenario.publicKey("w"), url: forged))
        let amend = scenario.amend(terms)
        let grant = scenario.grant(purpose.hash)
        for statement in [Statement.purpose(purpose), .amend(amend), .grant(grant)] {
            let shown = try plain(statement, in: scenario.state, now: scenario.now)
            let lines = shown.sentences + (shown.changes ?? []).flatMap { $0.components(separatedBy: "\n    Before: ") }
            for line in lines {
                #expect(!line.unicodeScalars.contains(where: ForeignText.isHidden), "\(line)")
                #expect(line.count { $0 == "“" } == line.count { $0 == "”" }, "\(line)")
            }
            #expect(lines.contains { $0.contains("x\\u{201d}.\\nAs the next entry it would be accepted.\\u{202e}") })
        }
    }
}
