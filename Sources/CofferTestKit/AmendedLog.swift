package import Ledger
package import Replica
package import Rules
import Sealing

/// A log over which an amendment takes the ledger's key, its address and a witness to others.
package struct AmendedLog: Sendable {
    package var scenario = Scenario()
    package let amended: CharterTerms
    /// The amendment's own entry.
    package let amendment: Int
    /// How many entries there are before the first under the new terms.
    package let crossing: Int

    package init() throws {
        _ = scenario.programme()
        var terms = scenario.terms
        terms.ledgerKey = Scenario.publicKey("ledger-2")
        terms.ledgerURL = "http://new.example"
        terms.witnesses.append(Scenario.witness("east"))
        amended = terms
        amendment = scenario.entries.count
        let signers = Scenario.names(signing: scenario.terms) + ["ledger-2"]
        let verdict = scenario.submit(scenario.amend(terms), by: signers)
        guard verdict.isAccepted else { throw CofferError(.bug, "\(verdict)") }
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        crossing = scenario.entries.count
        scenario.now += 3_600_000
        scenario.submit(scenario.revoke("bob"), by: ["bob"])
        guard scenario.state.charter?.terms == terms else { throw CofferError(.bug, "not in force") }
    }

    /// The checkpoint over the first entries as the holders of these keys sign it.
    package func checkpoint(size: Int? = nil, ledger: String, terms: CharterTerms, without: Set<String> = []) throws
        -> SignedNote
    {
        let cosigners = terms.brokers.map { "cosigner " + $0.name } + terms.witnesses.map(\.name)
        return try scenario.checkpoint(
            size: size, at: scenario.now, cosigners: cosigners.filter { !without.contains($0) }, signer: ledger)
    }

    package func old(_ size: Int) throws -> SignedNote {
        try checkpoint(size: size, ledger: "ledger", terms: scenario.terms)
    }

    package func new() throws -> SignedNote { try checkpoint(ledger: "ledger-2", terms: amended) }

    package var pin: Pin { Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: "") }

    /// Checkpoints that hand nothing over, each with what is wrong with it; nil for a log without one.
    package func wrongHandovers() throws -> [(what: String, checkpoint: SignedNote?)] {
        [
            ("missing", nil), ("not yet over the amendment", try old(amendment)),
            ("beyond the last entry under the old terms", try old(crossing + 1)),
            ("by the new key", try checkpoint(size: crossing, ledger: "ledger-2", terms: scenario.terms)),
            (
                "by too few",
                try checkpoint(
                    size: crossing, ledger: "ledger", terms: scenario.terms,
                    without: ["north", "cosigner acme-1", "cosigner acme-2"])
            ), ("over other entries", try forked().old(crossing)),
        ]
    }

    /// Another log of the same people.
    private func forked() -> AmendedLog {
        var fork = self
        fork.scenario = Scenario()
        fork.scenario.grow(by: crossing)
        return fork
    }
}
