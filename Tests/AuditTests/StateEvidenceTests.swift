import CofferTestKit
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

@testable import Audit

/// What brokers signed about a state, judged by the log.
@Suite("Evidence about states")
struct StateEvidenceTests {
    private let scenario: Scenario
    private let wrong = Hash256(of: [7])

    init() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        _ = try scenario.read(programme, ["ann"], pages: [1, 2])
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        self.scenario = scenario
    }

    private func note(
        _ broker: String, size: Int, root: Hash256? = nil, state: Hash256? = nil, snapshot: Hash256? = nil,
        signer: String? = nil, origin: String = Scenario.origin, stating: UInt64? = nil
    ) throws -> SignedNote {
        let (reached, frontier) = scenario.replayed(size, .needed)
        let kept = LedgerSnapshot(state: reached, frontier: frontier)
        let stated = StateNote(
            origin: origin, size: SaturatingUInt64(rawValue: stating ?? kept.size), root: root ?? kept.root,
            state: state ?? reached.digest,
            snapshot: snapshot ?? Hash256(of: kept.encoded), broker: Scenario.publicKey(broker), time: scenario.now)
        return try SignedNote.message(stated.text, by: Scenario.key(signer ?? broker))
    }

    private func file(_ notes: [SignedNote], after: String = "") -> Bytes {
        let sections = notes.flatMap { Array("\n==== what a broker signed ====\n".utf8) + $0.encoded }
        return Array("Evidence about a state: they differ.\ncharter 00\n".utf8) + sections + Array(after.utf8)
    }

    private func verdict(_ notes: [SignedNote]) async throws -> CofferError {
        let evidence = try StateEvidence(parsing: file(notes))
        let log = try await SignedLog(scenario).auditor.replay(retention: .needed, remembering: evidence.sizes)
        return evidence.verdict(by: log)
    }

    @Test("Signers of a state that the log did not come to are named")
    func whoSignedWhatTheLogDidNotComeToIsNamed() async throws {
        let good = try note("acme-1", size: 6)
        let lies = [
            (try note("council-1", size: 8, root: wrong), "another tree"),
            (try note("council-1", size: 8, state: wrong), "another state"),
            (try note("council-1", size: 8, snapshot: wrong), "another snapshot"),
            (try note("council-1", size: 8, stating: 7), "another tree"),
        ]
        for (lie, what) in lies {
            let error = try await verdict([good, lie])
            #expect(error == CofferError(.tampering, "", rule: "state"), "\(what)")
            #expect(error.message.contains("council-1") && error.message.contains(what), "\(error.message)")
            #expect(!error.message.contains("acme-1"))
        }
        let both = try await verdict([try note("acme-1", size: 6, state: wrong), lies[0].0])
        #expect(both.message.contains("acme-1") && both.message.contains("council-1"))
    }

    @Test("A true state, or one that nobody signed, proves nothing")
    func whatIsTrueOrNobodysProvesNothing() async throws {
        let good = try note("acme-1", size: 6)
        #expect(
            try await verdict([good, try note("council-1", size: 8)])
                == CofferError(.no, "", rule: "evidence.undecided"))
        for foreign in [
            try note("eve", size: 6, state: wrong), try note("acme-1", size: 6, state: wrong, signer: "eve"),
            try note("acme-1", size: 6, state: wrong, origin: "elsewhere.example"),
        ] {
            #expect(try await verdict([good, foreign]) == CofferError(.no, "", rule: "evidence.signature"))
        }
        #expect(
            try await verdict([try note("acme-1", size: 6, stating: 900)])
                == CofferError(.no, "", rule: "evidence.size"))
    }

    @Test("A file in another format is refused")
    func whatIsNoSuchFileIsRefused() throws {
        let good = try note("acme-1", size: 6)
        #expect(StateEvidence.isOne(file([good])) && !StateEvidence.isOne(Array("Evidence against a log: ".utf8)))
        // What follows the notes is not its business: the checkpoint, and a proof.
        #expect(try StateEvidence(parsing: file([good], after: "\n==== the head ====\nanything\n")).sizes == [6])
        let malformed = CofferError(.tampering, "", rule: "evidence.format")
        var flipped = file([good])
        flipped[flipped.count - 3] ^= 0x80
        let checkpoints = try scenario.entries.prefix(1).map { try SignedNote(parsing: $0.note) }
        for bytes in [
            file([]), flipped, file(checkpoints), file(Array(repeating: good, count: 17)),
            Array(file([good]).dropLast(40)),
            file([good], after: String(repeating: "x", count: 1 << 20)), Array("Evidence about a state: \n".utf8),
        ] {
            #expect(throws: malformed) { try StateEvidence(parsing: bytes) }
        }
    }
}
