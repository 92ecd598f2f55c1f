import CofferTestKit
import Ledger
import Rules
import Sealing
import Testing

/// The terms that a charter and its amendments set, without the log between them.
@Suite("Chain of terms")
struct TermsChainTests {
    private func note(_ amend: Amend, by signers: [String]) throws -> SignedNote {
        try SignedNote(parsing: Scenario.note(amend, by: signers))
    }

    private func refusal(_ chain: TermsChain, _ note: SignedNote) -> String? {
        var after = chain
        do throws(Refusal) { try after.amend(note) } catch {
            #expect(after.terms == chain.terms, "what is refused leaves no trace")
            return error.rule
        }
        return nil
    }

    @Test("A chain of amendments comes to the terms of the log")
    func itComesToWhatTheLogComesTo() throws {
        var scenario = Scenario()
        var chain = TermsChain(scenario.charter, hash: scenario.charter.hash)
        for number in 1...3 {
            var terms = try #require(scenario.state.charter?.terms)
            let signers = Scenario.names(signing: terms) + (number > 1 ? ["ledger-\(number - 1)"] : [])
            terms.ledgerKey = Scenario.publicKey("ledger-\(number)")
            let amend = scenario.amend(terms)
            let note = try note(amend, by: signers + ["ledger-\(number)"])
            #expect(scenario.append(note.encoded).isAccepted)
            try chain.amend(note)
            scenario.now += 3_600_000
            scenario.append([])
        }
        #expect(chain.terms == scenario.state.charters.map(\.terms) && chain.terms.count == 4)
        #expect(chain.origin == Scenario.origin)
    }

    @Test("The chain refuses what the log refuses")
    func everyRefusalIsTheLogsOwn() throws {
        var scenario = Scenario()
        let chain = TermsChain(scenario.charter, hash: scenario.charter.hash)
        let all = Scenario.names(signing: scenario.terms)
        let amend = scenario.amend(scenario.terms)
        #expect(refusal(chain, try note(amend, by: all)) == nil)
        #expect(refusal(chain, try note(amend, by: all.filter { $0 != "council-1" })) == "quorum")
        #expect(refusal(chain, try note(amend, by: all + ["ann"])) == "signature")
        var forged = try note(amend, by: all)
        forged = try SignedNote(
            text: scenario.amend(scenario.terms).text, signatures: forged.signatures)
        #expect(refusal(chain, forged) == "signature")
        #expect(
            refusal(chain, try note(scenario.amend(scenario.terms, amends: amend.hash), by: all)) == "amend.amends")
        var terms = scenario.terms
        terms.ledgerKey = Scenario.publicKey("north")
        #expect(refusal(chain, try note(scenario.amend(terms), by: all + ["north"])) == "charter.keys")
        terms.ledgerKey = Scenario.publicKey("ledger-2")
        #expect(refusal(chain, try note(scenario.amend(terms), by: all)) == "quorum")
        let other = Amend(
            amends: amend.amends, heading: Heading(origin: "other.example/coffer", id: amend.heading.id, until: 1),
            terms: amend.terms, notice: amend.notice, ends: false)
        #expect(refusal(chain, try note(other, by: all)) == "origin")
        #expect(refusal(chain, try SignedNote(parsing: scenario.charterNote)) == "malformed")
    }
}
