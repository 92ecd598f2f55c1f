import CofferTestKit
import Ledger
import Messages
import Rules
import Sealing
import Testing

@testable import Audit

/// Entries in words.
@Suite("Explanations")
struct ExplanationTests {
    @Test("Every type has a sentence")
    func everyTypeHasASentence() throws {
        var scenario = Scenario()
        let programme = scenario.programme(["ann"])
        let consent = try #require(programme.consents["ann"])
        _ = try scenario.read(programme, ["ann"], pages: [1, 2])
        scenario.submit(scenario.outcome(programme.grant), by: ["job"])
        scenario.submit(scenario.erase("ann", under: consent, [Scenario.page(1)]), by: ["ann"])
        let halt = scenario.halt()
        scenario.submit(halt, by: ["security"])
        scenario.submit(scenario.resume([halt.hash]), by: Scenario.reviewers)
        scenario.submit(scenario.dismiss(["bob"]), by: ["desk"])
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        scenario.submit(scenario.withdraw(programme.purpose), by: Scenario.reviewers)
        scenario.submit(scenario.destroyed("acme-1", size: 3), by: ["acme-1"])
        scenario.append([1, 2, 3])

        let explanations = zip(scenario.entries, scenario.verdicts).enumerated().map { index, pair in
            Explanation(
                ReplayedEntry(index: UInt64(index), stamp: pair.0.stamp, note: pair.0.note[...], verdict: pair.1),
                in: scenario.state)
        }
        let types = explanations.compactMap(\.type)
        #expect(
            types == [
                "charter", "enrol", "purpose", "consent", "grant", "release", "outcome", "erase", "halt", "resume",
                "dismiss", "revoke", "withdraw", "destroyed",
            ])
        #expect(explanations.allSatisfy { !$0.sentence.isEmpty })
        #expect(explanations[0].sentence.contains("company 2-of-3, council 1-of-1"))
        #expect(explanations[5].sentence.contains("2 pages and 1 index week under 1 consent, by the grant at entry 4"))
        #expect(explanations[4].signers.contains("privacy (reviewer)") && explanations[4].signers.count == 3)
        #expect(explanations[8].signers == ["security (halter)"])
        let last = try #require(explanations.last)
        #expect(last.type == nil && last.signers.isEmpty && last.verdict.rule != nil)
        // Words for people hold a pseudonym's first digits only.
        #expect(explanations.allSatisfy { !$0.sentence.contains(Scenario.publicKey("ann").hex) })
    }

    @Test("A signature line that names no key, or does not verify, never reads like a signer's")
    func linesThatAreNotSigners() throws {
        var scenario = Scenario()
        _ = scenario.programme(["ann"])
        let revoke = scenario.revoke("ann")
        let text = revoke.text
        var note = try SignedNote.message(text, by: Scenario.key("ann"))
        note.add(NoteSignature(name: "privacy(reviewer)", keyID: 7, signature: [1, 2, 3]))
        note.add(NoteSignature(name: "\u{9b}2J\u{202e}", keyID: 7, signature: [1, 2, 3]))
        let forged = NoteKey(signer: Scenario.publicKey("privacy"))
        note.add(NoteSignature(name: forged.name, keyID: forged.keyID, signature: Bytes(repeating: 1, count: 64)))
        let entry = ReplayedEntry(
            index: 9, stamp: scenario.now, note: note.encoded[...], verdict: .accepted(revoke.hash))
        let signers = Explanation(entry, in: scenario.state).signers
        try #require(signers.count == 4)
        #expect(signers[0] == "pseudonym \(Scenario.publicKey("ann").hash.prefix8)")
        #expect(signers[1] == "a line by “privacy(reviewer)”, which names no key")
        #expect(signers[2].shown == "a line by “\\u{9b}2J\\u{202e}”, which names no key")
        #expect(signers[3] == "a line by privacy (reviewer) that does not verify")
    }
}
