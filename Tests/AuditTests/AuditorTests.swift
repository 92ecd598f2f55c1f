import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import Audit

/// Replaying a log, and finding what is wrong with a copy of one.
@Suite("Auditor")
struct AuditorTests {
    private func scenario() throws -> Scenario {
        var scenario = Scenario()
        let programme = scenario.programme()
        _ = try scenario.read(programme, ["ann"], pages: [1, 2])
        // Refused: another job's signature is not the grant's.
        let ids = Dictionary(uniqueKeysWithValues: programme.consents.values.map { ($0, [Scenario.page(9)]) })
        let release = try scenario.release(programme.grant, ids)
        scenario.submit(release, by: ["desk"])
        return scenario
    }

    @Test("Every verdict is that of the scenario")
    func everyVerdictIsTheScenarios() async throws {
        let scenario = try scenario()
        var verdicts: [Verdict] = []
        let log = try await SignedLog(scenario).auditor.replay { entry throws(CofferError) in
            verdicts.append(entry.verdict)
        }
        #expect(verdicts == scenario.verdicts)
        #expect(log.state.digest == scenario.state.digest)
        #expect(log.refused == 1 && log.accepted == UInt64(scenario.entries.count) - 1)
        #expect(log.cosigners == 5 && log.quorum == 3)
        #expect(log.isFresh(now: log.cosigned + 600_000) && !log.isFresh(now: log.cosigned + 600_001))
    }

    @Test("A quorum must have cosigned")
    func aQuorumMustHaveCosigned() async throws {
        let scenario = try scenario()
        for count in 0...5 {
            let log = try SignedLog(scenario, cosigners: Array(Scenario.usualCosigners.prefix(count)))
            if count >= 3 {
                #expect(try await log.auditor.replay().checkpoint.cosignatures.count == count)
            } else {
                await #expect(throws: CofferError(.tampering, "", rule: "head.quorum")) {
                    try await log.auditor.replay()
                }
            }
        }
    }

    @Test("The ledger must have signed")
    func theLedgerMustHaveSigned() async throws {
        let log = try SignedLog(scenario(), signer: "desk")
        await #expect(throws: CofferError(.tampering, "", rule: "head.signature")) { try await log.auditor.replay() }
    }

    @Test("Another charter does not fit the log")
    func anotherCharterIsNotTheLogs() async throws {
        let log = try SignedLog(scenario())
        let pin = Pin(origin: log.pin.origin, charterHash: Hash256(of: [1]), ledgerURL: "")
        await #expect(throws: CofferError(.tampering, "", rule: "charter.pin")) {
            try await Auditor(pin: pin, source: ServedLog(log)).replay()
        }
        let other = Pin(origin: "another.example", charterHash: log.pin.charterHash, ledgerURL: "")
        await #expect(throws: CofferError(.tampering, "", rule: "head.origin")) {
            try await Auditor(pin: other, source: ServedLog(log)).replay()
        }
    }

    @Test("Every file is checked")
    func everyFileIsChecked() async throws {
        // Enough entries for full and partial tiles.
        var scenario = try scenario()
        for _ in 0..<260 { scenario.submit(scenario.revoke("nobody"), by: ["ann"]) }
        let log = try SignedLog(scenario)
        let directory = try log.files()
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        func verify() async throws -> Int {
            let replayed = try await Auditor(pin: log.pin, source: DirectorySource(directory)).replay()
            return try TileCheck(directory).check(replayed)
        }
        let files = TilePath.all(size: UInt64(log.entries.count)).map(\.path) + ["checkpoint"]
        #expect(try await verify() == files.count - 1)
        for file in files {
            let path = directory.path + "/" + file
            let url = URL(fileURLWithPath: path)
            let good = try Data(contentsOf: url)
            var spoiled = [Data(), good + Data([0])]
            for at in [0, good.count / 2] {
                var flipped = good
                flipped[at] ^= 1
                spoiled.append(flipped)
            }
            for bad in spoiled {
                try bad.write(to: url)
                await #expect(throws: CofferError.self, "\(file)") { try await verify() }
            }
            try good.write(to: url)
        }
        _ = try await verify()
    }

    /// A log that a server shows, with what stands in place of its checkpoint and its first entry.
    private struct Shown: EntrySource {
        let log: ServedLog
        var checkpoint: Bytes?
        var entry: Bytes?

        init(_ log: SignedLog, checkpoint: Bytes? = nil, entry: Bytes? = nil) {
            self.log = ServedLog(log)
            self.checkpoint = checkpoint
            self.entry = entry
        }

        var server: String? { "http://ledger.example" }

        func checkpoint() async throws(CofferError) -> Bytes {
            if let checkpoint { return checkpoint }
            return try await log.checkpoint()
        }

        func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
            let entries = try await log.entries(bundle: bundle, width: width)
            return entry.map { [$0[...]] + entries.dropFirst() } ?? entries
        }
    }

    @Test("What a server shows and nobody signed is to be asked for again; in a folder it is damage")
    func whatNobodySigned() async throws {
        let log = try SignedLog(scenario())
        let other = Pin(origin: log.pin.origin, charterHash: Hash256(of: [1]), ledgerURL: "")
        let cases: [(Pin, Shown, String)] = [
            (log.pin, Shown(log, checkpoint: [1, 2, 3]), "head.format"),
            (log.pin, Shown(try SignedLog(scenario(), signer: "desk")), "head.signature"),
            (log.pin, Shown(log, entry: [1, 2, 3]), "entries.format"), (other, Shown(log), "charter.pin"),
            (
                log.pin, Shown(try SignedLog(scenario(), cosigners: Array(Scenario.usualCosigners.prefix(2)))),
                "head.quorum"
            ),
        ]
        for (pin, shown, rule) in cases {
            let error = await #expect(throws: CofferError.self) { try await Auditor(pin: pin, source: shown).replay() }
            #expect(error?.code == .tryLater && error?.rule == rule, "\(rule)")
        }
        #expect(try await Auditor(pin: log.pin, source: Shown(log)).replay().accepted > 0)
        // Two histories that are signed stay what they are.
        let fork = CofferError(.tampering, "", rule: "fork")
        #expect(Shown(log).judged(fork) == fork && Shown(log).judged(fork).code == .tampering)
        #expect(ServedLog(log).judged(CofferError(.tampering, "", rule: "head.format")).code == .tampering)
    }

    @Test("Lines by keys that no charter names are ignored, and count for nothing")
    func linesByStrangersAreIgnored() async throws {
        let log = try SignedLog(scenario(), cosigners: Scenario.usualCosigners + ["a stranger"])
        let directory = try log.files()
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let replayed = try await Auditor(pin: log.pin, source: DirectorySource(directory)).replay()
        #expect(replayed.checkpoint.note.signatures.count == Scenario.usualCosigners.count + 2)
        #expect(replayed.checkpoint.cosignatures.count == Scenario.usualCosigners.count)
        #expect(try TileCheck(directory).check(replayed) == TilePath.all(size: UInt64(log.entries.count)).count)
        let few = try SignedLog(
            scenario(), cosigners: Array(Scenario.usualCosigners.prefix(2)) + ["one stranger", "another", "a third"])
        await #expect(throws: CofferError(.tampering, "", rule: "head.quorum")) { try await few.auditor.replay() }
    }

    @Test("The proofs of the log verify")
    func proofsVerify() async throws {
        let scenario = try scenario()
        let log = try SignedLog(scenario)
        let maker = ProofMaker(log.checkpoint, leaves: log.entries.map(Merkle.leafHash))
        let policy = try #require(scenario.terms.checkpointPolicy(origin: Scenario.origin))
        for (index, entry) in log.entries.enumerated() {
            let proof = try maker.proof(of: UInt64(index), entry: entry)
            let parsed = try TlogProof(parsing: proof.encoded)
            #expect(parsed.extra == entry)
            #expect(try parsed.verify(entry: entry, policy: policy).size == UInt64(log.entries.count))
            #expect(throws: NoteError.notIncluded) { try parsed.verify(entry: entry + [0], policy: policy) }
        }
        #expect(throws: CofferError(.notFound, "")) { try maker.proof(of: UInt64(log.entries.count), entry: [0]) }
        #expect(throws: CofferError(.tampering, "", rule: "entries.root")) {
            try maker.proof(of: 1, entry: log.entries[2])
        }
    }
}
