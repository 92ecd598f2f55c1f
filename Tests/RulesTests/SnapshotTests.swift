import CofferTestKit
import Rules
import Sealing
import Testing

/// A state that was written and read back is the state that was replayed.
@Suite("Snapshots")
struct SnapshotTests {
    static func bytes(_ state: LedgerState) -> Bytes {
        var writer = ByteWriter()
        state.encode(into: &writer)
        return writer.bytes
    }

    static func decoded(_ bytes: Bytes) throws(FormatError) -> LedgerState {
        var reader = ByteReader(bytes)
        let state = try LedgerState(decoding: &reader)
        try reader.finish()
        return state
    }

    private func bytes(_ state: LedgerState) -> Bytes { Self.bytes(state) }
    private func decoded(_ bytes: Bytes) throws(FormatError) -> LedgerState { try Self.decoded(bytes) }

    @Test("An index that no log has is refused, and the greatest time is not", arguments: [1, 1 << 53, Int64.max])
    func extremePositions(above: Int64) throws {
        let (hash, index) = (Hash256(of: [1]), UInt64(above))
        var state = Scenario().state
        state.withdrawn[hash] = LogPosition(index: index - 1, time: .max)
        #expect(try decoded(bytes(state)).withdrawn == state.withdrawn)
        for beyond in [UInt64(Int64.max), 1 << 63, .max] {
            state.withdrawn[hash] = LogPosition(index: beyond, time: .max)
            #expect(throws: FormatError.outOfBounds) { try decoded(bytes(state)) }
        }
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
        scenario.now += 2 * Scenario.hour
        scenario.submit(scenario.revoke("bob"), by: ["bob"])
        terms.rate = 7
        #expect(scenario.submit(scenario.amend(terms), by: signers).isAccepted)
        return scenario
    }

    @Test("Every field comes back")
    func everyFieldComesBack() throws {
        let scenario = try amended()
        let written = bytes(scenario.state)
        let state = try decoded(written)
        #expect(state.digest == scenario.state.digest)
        #expect(bytes(state) == written)
        #expect(state.charters.count == 2 && state.rosters.count == 2 && state.halts.count == 1)
        #expect(state.consents.values.allSatisfy { $0.rosterEnded != nil })
    }

    @Test("A snapshot decides as a replayed state does", arguments: [Retention.everything, .needed])
    func itDecidesAsOneReplayed(retention: Retention) async throws {
        let generator = SeededGenerator()
        var random = generator
        var entries: [Bytes] = []
        try await LargeLog(count: 160, seed: generator.seed).entries { entries += $0 }
        var replayed = LedgerState(origin: LargeLog.origin, charterHash: LargeLog.charter.hash, retention: retention)
        var restored = replayed
        for bytes in entries {
            let entry = try Entry(parsing: bytes)
            if Int.random(in: 0..<16, using: &random) == 0 { restored = try decoded(self.bytes(restored)) }
            #expect(restored.apply(entry) == replayed.apply(entry), "\(generator) entry \(replayed.size)")
        }
        #expect(restored.digest == replayed.digest, "\(generator)")
        #expect(bytes(restored) == bytes(replayed), "\(generator)")
    }

    /// A release is 52 bytes, whatever it names: hash, place of its grant, entry and time.
    @Test("A brief release keeps what judging needs")
    func whatIsNeededOfARelease() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        func written() throws -> Bytes { bytes(try needed(scenario)) }
        let before = try written().count
        let pages = (0..<200).map(Scenario.page)
        let ids = Dictionary(uniqueKeysWithValues: programme.consents.values.map { ($0, pages) })
        let release = try scenario.release(programme.grant, ids)
        #expect(scenario.submit(release, by: ["job"]).isAccepted)
        // What grant and purpose have spent is 44 bytes each.
        let after = try written()
        #expect(after.count - before == 52 + 2 * 44)
        let state = try decoded(after)
        #expect(state.acceptedReleases[release.hash] == scenario.state.acceptedReleases[release.hash])
        #expect(state.retention == .needed && state.digest == scenario.state.digest)
        #expect(bytes(scenario.state).count > after.count + 400 * 16)
    }

    /// A count that no budget allows could overflow the sum with the next release's.
    @Test("No count goes beyond an integer")
    func noCountIsBeyondAnInteger() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let consent = try #require(programme.consents["ann"])
        let release = try scenario.release(programme.grant, [consent: [Scenario.page(1)]])
        #expect(scenario.submit(release, by: ["job"]).isAccepted)
        // The last eight bytes are what a grant or a purpose has spent.
        let written = bytes(scenario.state)
        #expect(written.suffix(8) == [0, 0, 0, 0, 0, 0, 0, 1])
        #expect(throws: FormatError.outOfBounds) { _ = try decoded(written.dropLast(8) + [0, 32, 0, 0, 0, 0, 0, 0]) }
        #expect(throws: FormatError.outOfBounds) {
            _ = try decoded(written.dropLast(8) + Bytes(repeating: 255, count: 8))
        }
        _ = try decoded(written.dropLast(8) + [0, 31, 255, 255, 255, 255, 255, 255])
    }

    /// What a laptop goes on from: brief releases from before, whole ones since, and the same verdicts and digest.
    @Test("A state that was taken over gives the same verdicts and digest")
    func aStateThatWasTakenOver() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let consent = try #require(programme.consents["ann"])
        func release(_ page: Int) throws -> Hash256 {
            let release = try scenario.release(programme.grant, [consent: [Scenario.page(page)]])
            #expect(scenario.submit(release, by: ["job"]).isAccepted)
            return release.hash
        }
        let before = try release(1)
        var state = try needed(scenario).bootstrapped()
        #expect(state.releases.isEmpty && state.acceptedReleases[before] != nil)
        let since = try release(2)
        for entry in scenario.entries.suffix(1) { state.apply(entry) }
        #expect(scenario.append(scenario.entries[scenario.entries.count - 2].note).rule == "duplicate")
        #expect(state.apply(try #require(scenario.entries.last)) == scenario.verdicts.last)
        let written = bytes(state)
        let read = try decoded(written)
        #expect(read.retention == .sinceBootstrap && bytes(read) == written)
        #expect(read.digest == scenario.state.digest)
        #expect(read.releases.map(\.key) == [since] && read.acceptedReleases.count == 2)
        #expect(read.acceptedReleases[before] == scenario.state.acceptedReleases[before])
        // Once the grant has ended, what is needed of it is forgotten, and what is whole stays.
        scenario.now += 30 * millisecondsPerDay
        scenario.append([1])
        for entry in scenario.entries.suffix(1) { state.apply(entry) }
        #expect(state.acceptedReleases[before] == nil && state.releases.map(\.key) == [since])
        for count in stride(from: 0, to: written.count, by: 61) {
            #expect(throws: FormatError.self) { _ = try decoded(Array(written.prefix(count))) }
        }
    }

    /// The same entries, with what is needed retained.
    private func needed(_ scenario: Scenario) throws -> LedgerState {
        var state = LedgerState(origin: Scenario.origin, charterHash: scenario.charter.hash, retention: .needed)
        for entry in scenario.entries { state.apply(entry) }
        return state
    }

    @Test(
        "A snapshot reads back to the same bytes, and nothing else is read", arguments: [Retention.everything, .needed])
    func onlyWhatIsWrittenIsRead(retention: Retention) throws {
        let scenario = try amended()
        let written = bytes(retention == .everything ? scenario.state : try needed(scenario))
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
