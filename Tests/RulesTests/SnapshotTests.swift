import CofferTestKit
import Rules
import Sealing
import Testing

/// A state that was written and read back is the state that was replayed.
@Suite struct SnapshotTests {
    private func bytes(_ state: State) -> Bytes {
        var writer = ByteWriter()
        state.encode(into: &writer)
        return writer.bytes
    }

    private func decoded(_ bytes: Bytes) throws(FormatError) -> State {
        var reader = ByteReader(bytes)
        let state = try State(decoding: &reader)
        try reader.finish()
        return state
    }

    /// An amendment that is in force and ended consents, another that waits, and something of everything else.
    private func amended() throws -> Scenario {
        var scenario = Scenario()
        let programme = scenario.programme()
        let ids = Dictionary(uniqueKeysWithValues: programme.consents.values.map { ($0, [Scenario.page(1)]) })
        scenario.submit(try scenario.release(programme.grant, ids), by: ["job"])
        if let consent = programme.consents["ann"] {
            scenario.submit(scenario.erase("ann", under: consent, [Scenario.page(2), Scenario.page(1)]), by: ["ann"])
        }
        scenario.submit(scenario.outcome(programme.grant), by: ["job"])
        let halt = scenario.halt()
        scenario.submit(halt, by: ["security"])
        scenario.submit(scenario.resume([halt.hash]), by: Scenario.reviewers)
        scenario.submit(scenario.destroyed("acme-1", size: 3), by: ["acme-1"])
        scenario.submit(scenario.dismiss(["nobody"]), by: ["desk"])
        var terms = scenario.terms
        terms.groups[0] = Scenario.group(
            "company", threshold: 2, ["acme-1", "acme-2", "acme-4"], operator: "acme", .company)
        let signers = ["ledger", "desk", "acme-1", "acme-2", "acme-4", "council-1", "privacy", "works", "security"]
        #expect(scenario.submit(scenario.amend(terms, ends: true), by: signers).isAccepted)
        scenario.now += 2 * 3_600_000
        scenario.submit(scenario.revoke("bob"), by: ["bob"])
        terms.rate = 7
        #expect(scenario.submit(scenario.amend(terms), by: signers).isAccepted)
        return scenario
    }

    @Test func everyFieldComesBack() throws {
        let scenario = try amended()
        let written = bytes(scenario.state)
        let state = try decoded(written)
        #expect(state.digest == scenario.state.digest)
        #expect(bytes(state) == written)
        #expect(state.charters.count == 2 && state.rosters.count == 2 && state.halts.count == 1)
        #expect(state.consents.values.allSatisfy { $0.rosterEnded != nil })
    }

    @Test(arguments: [Retention.everything, .needed])
    func itDecidesAsOneReplayed(retention: Retention) async throws {
        let generator = SeededGenerator()
        var random = generator
        var entries: [Bytes] = []
        try await LargeLog(count: 160, seed: generator.seed).entries { entries += $0 }
        var replayed = State(origin: LargeLog.origin, charterHash: LargeLog.charter.hash, retention: retention)
        var restored = replayed
        for bytes in entries {
            let entry = try Entry(parsing: bytes)
            if Int.random(in: 0..<16, using: &random) == 0 { restored = try decoded(self.bytes(restored)) }
            #expect(restored.apply(entry) == replayed.apply(entry), "\(generator) entry \(replayed.size)")
        }
        #expect(restored.digest == replayed.digest, "\(generator)")
        #expect(bytes(restored) == bytes(replayed), "\(generator)")
    }

    @Test func onlyWhatIsWrittenIsRead() throws {
        let written = bytes(try amended().state)
        for count in stride(from: 0, to: written.count, by: 61) {
            #expect(throws: FormatError.self) { _ = try decoded(Array(written.prefix(count))) }
        }
        #expect(throws: FormatError.trailingBytes) { _ = try decoded(written + [0]) }
        let generator = SeededGenerator()
        var random = generator
        for _ in 0..<120 {
            var bad = written
            let place = Int.random(in: 0..<bad.count, using: &random)
            bad[place] ^= UInt8.random(in: 1...255, using: &random)
            // What parses all the same says something else, and says it in the one way it can be written.
            if let state = try? decoded(bad) { #expect(bytes(state) == bad, "\(generator) byte \(place)") }
        }
    }
}
