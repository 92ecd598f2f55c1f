import CofferTestKit
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import Audit

/// Two checkpoints of a log whose ledger got another key, judged offline with the amendments that gave it.
@Suite("Evidence under amendments")
struct AmendedEvidenceTests {
    private let ledger = AmendedLedger()
    private let charter: CharterFile
    private let amendments: [SignedNote]

    init() throws {
        charter = try CharterFile(parsing: ledger.scenario.charterNote)
        amendments = [try ledger.note(ledger.first), try ledger.note(ledger.second)]
    }

    private func checkpoint(
        _ root: UInt8, by signer: String, cosigners: [String] = AmendedLedger.cosigners, size: UInt64 = 7,
        at seconds: Seconds = 100
    ) throws -> SignedNote {
        try AmendedLedger.checkpoint(size, root, by: signer, cosigners: cosigners, at: seconds)
    }

    private func judge(_ a: SignedNote, _ b: SignedNote, _ amendments: [SignedNote]) throws -> EvidenceVerdict {
        try EvidenceFile(parsing: AmendedLedger.file(a, b, amendments)).judge(charter)
    }

    private func cosigners(_ names: [String]) -> [NoteKey] {
        names.map { NoteKey(cosigner: Scenario.publicKey($0)) }.sorted { $0.name < $1.name }
    }

    @Test("A fork by the amended key convicts")
    func aForkByTheAmendedKeyConvicts() throws {
        let both = cosigners(["cosigner acme-1"])
        for (signer, count) in [("ledger", 0), ("ledger-2", 1), ("ledger-2", 2), ("ledger-3", 2)] {
            let other = try checkpoint(
                2, by: signer, cosigners: ["cosigner acme-1", "cosigner acme-3", "cosigner acme-2"])
            let verdict = try judge(
                checkpoint(1, by: signer, cosigners: ["cosigner acme-1", "cosigner council-1", "east", "north"]), other,
                Array(amendments.prefix(count)))
            let name = ["ledger": "the charter", "ledger-2": "amendment 1", "ledger-3": "amendment 2"][signer] ?? ""
            #expect(verdict.finding == .twoHistories(size: 7, cosigners: both))
            #expect(verdict.error == CofferError(.tampering, "", rule: "fork"))
            #expect(verdict.error.message.contains("the ledger's key of \(name) and cosigned by"))
            #expect(verdict.error.message.hasSuffix(" acme-1 cosigned both."))
        }
    }

    @Test("It does not matter which of its keys the ledger signed with")
    func itMakesNoDifferenceWhichOfItsKeysTheLedgerSignedWith() throws {
        let verdict = try judge(checkpoint(1, by: "ledger"), checkpoint(2, by: "ledger-2"), amendments)
        #expect(verdict.finding == .twoHistories(size: 7, cosigners: cosigners(AmendedLedger.cosigners)))
        for name in ["the charter", "amendment 1"] {
            #expect(verdict.error.message.contains("is signed by the ledger's key of \(name) and cosigned by"))
        }
    }

    /// Over the entry that brings the new key into force both keys sign: the same log.
    @Test("A change of the ledger's key is not a fork")
    func aHandoverIsNoFork() throws {
        #expect(try judge(checkpoint(1, by: "ledger"), checkpoint(1, by: "ledger-2"), amendments).finding == .undecided)
        #expect(
            try judge(checkpoint(1, by: "ledger"), checkpoint(2, by: "ledger-2", size: 8), amendments).finding
                == .undecided)
    }

    /// The thief of a replaced key can sign any checkpoint, but no quorum cosigns it.
    @Test("A replaced key convicts only itself")
    func aReplacedKeyAloneConvictsNobodyButItself() throws {
        let known = try checkpoint(1, by: "ledger-2")
        let verdict = try judge(known, checkpoint(2, by: "ledger", cosigners: []), Array(amendments.prefix(1)))
        #expect(verdict.finding == .keyAlone(key: 0, size: 7, cosigners: []))
        #expect(verdict.error == CofferError(.tampering, "", rule: "fork.key"))
        #expect(
            verdict.error.message.contains("key of the charter, which amendment 1 replaced, signed another history"))
        #expect(verdict.error.message.contains("the ledger's key of the charter and cosigned by nobody."))
        // Nor with a checkpoint that it signed while it was in force; and one cosigner is no quorum, but is convicted
        // itself.
        let old = try checkpoint(1, by: "ledger")
        #expect(
            try judge(old, checkpoint(2, by: "ledger", cosigners: ["cosigner acme-1"]), amendments).finding
                == .keyAlone(key: 0, size: 7, cosigners: cosigners(["cosigner acme-1"])))
    }

    @Test("The key of an amendment that nothing shows in force convicts only itself")
    func theKeyOfAnAmendmentThatNothingShowsInForceConvictsNobodyButItself() throws {
        let alone = try checkpoint(2, by: "ledger-2", cosigners: [])
        for known in [try checkpoint(1, by: "ledger"), try checkpoint(1, by: "ledger-2", cosigners: [])] {
            let verdict = try judge(known, alone, Array(amendments.prefix(1)))
            #expect(verdict.finding == .keyAlone(key: 1, size: 7, cosigners: []))
            #expect(verdict.error.message.contains("amendment 1, which nothing here shows to have been in force"))
        }
        // A quorum under it is what shows it.
        #expect(
            try judge(checkpoint(1, by: "ledger-2"), alone, Array(amendments.prefix(1))).finding
                == .twoHistories(size: 7, cosigners: []))
    }

    @Test("Cosigners of all terms count")
    func cosignersAreThoseOfAnyTerms() throws {
        let quorum = AmendedLedger.cosigners
        let verdict = try judge(
            checkpoint(1, by: "ledger-2", cosigners: quorum + ["east", "north"]),
            checkpoint(2, by: "ledger-2", cosigners: ["east", "north"]), amendments)
        #expect(verdict.finding == .keyAlone(key: 1, size: 7, cosigners: cosigners(["east", "north"])))
        #expect(verdict.error.message.hasSuffix(" east, north cosigned both."))
        let back = try judge(
            checkpoint(1, by: "ledger-2", cosigners: ["east"], size: 9, at: 100),
            checkpoint(2, by: "ledger", cosigners: ["east"], size: 7, at: 300), amendments)
        #expect(back.finding == .timesDisagree(cosigners(["east"])))
        #expect(back.error.message.contains("east cosigned a smaller tree after a larger one. A clock"))
    }

    /// A line in the name of a witness that is no more, which followers no longer read, spoils nothing.
    @Test("A line that does not verify acquits nobody")
    func aLineThatDoesNotVerifyAcquitsNobody() throws {
        var spoiled = try checkpoint(2, by: "ledger-2")
        let north = try checkpoint(3, by: "ledger-2", cosigners: ["north"])
        spoiled.add(try #require(north.signatures.last))
        #expect(
            try judge(checkpoint(1, by: "ledger-2"), spoiled, Array(amendments.prefix(1))).finding
                == .twoHistories(size: 7, cosigners: cosigners(AmendedLedger.cosigners)))
    }

    // MARK: What proves nothing

    @Test("Without the amendments nobody has signed")
    func withoutTheAmendmentsNobodySigned() throws {
        for count in 0...1 {
            #expect(throws: CofferError(.no, "", rule: "evidence.signature")) {
                try judge(checkpoint(1, by: "ledger-3"), checkpoint(2, by: "ledger-3"), Array(amendments.prefix(count)))
            }
        }
    }

    @Test("Amendments must follow from the terms before")
    func amendmentsMustFollowFromTheTermsBefore() throws {
        let other = AmendedLedger { $0.rate = 7 }
        var foreign = ledger.first
        foreign = Amend(
            amends: foreign.amends,
            heading: Heading(origin: "other.example/coffer", id: foreign.heading.id, until: foreign.heading.until),
            terms: foreign.terms, notice: foreign.notice, ends: foreign.ends)
        var weak = ledger.terms[1]
        weak.witnesses = []
        var reused = ledger.terms[2]
        reused.ledgerKey = Scenario.publicKey("north")
        var scenario = ledger.scenario
        let chains: [[SignedNote]] = [
            amendments.reversed(), [amendments[1]], [amendments[0], amendments[0]], [try other.note(other.first)],
            [
                try SignedNote(
                    parsing: Scenario.note(foreign, by: Scenario.names(signing: ledger.terms[0]) + ["ledger-2"]))
            ],
            [try SignedNote(parsing: ledger.scenario.charterNote)],
            [
                try SignedNote(
                    parsing: Scenario.note(
                        scenario.amend(weak), by: Scenario.names(signing: ledger.terms[0]) + ["ledger-2"]))
            ],
            // A key that a witness had before.
            [
                amendments[0],
                try SignedNote(
                    parsing: Scenario.note(
                        scenario.amend(reused, amends: ledger.first.hash),
                        by: Scenario.names(signing: ledger.terms[1]) + ["ledger-2", "north"])),
            ],
        ]
        for (number, chain) in chains.enumerated() {
            #expect(throws: CofferError(.no, "", rule: "evidence.amendment"), "\(number)") {
                try judge(checkpoint(1, by: "ledger"), checkpoint(2, by: "ledger"), chain)
            }
        }
    }

    @Test("Every quorum must have signed", arguments: ["ledger", "desk", "council-1", "ledger-2"])
    func everyQuorumMustHaveSigned(_ missing: String) throws {
        let note = try ledger.note(ledger.first, without: [missing])
        #expect(throws: CofferError(.no, "", rule: "evidence.amendment")) {
            try judge(checkpoint(1, by: "ledger-2"), checkpoint(2, by: "ledger-2"), [note])
        }
        // Quorums, not everyone.
        let enough = try ledger.note(ledger.first, without: ["acme-3", "legal", "emergency"])
        #expect(try judge(checkpoint(1, by: "ledger-2"), checkpoint(2, by: "ledger-2"), [enough]).finding != .undecided)
    }

    @Test("A changed amendment counts as unsigned")
    func aChangedAmendmentIsNotSigned() throws {
        var bytes = AmendedLedger.file(
            try checkpoint(1, by: "ledger-2"), try checkpoint(2, by: "ledger-2"), Array(amendments.prefix(1)))
        let place = try #require(bytes.firstRange(of: Bytes(#""notice":36"#.utf8)))
        bytes[place.upperBound - 1] = UInt8(ascii: "7")
        #expect(throws: CofferError(.no, "", rule: "evidence.amendment")) {
            try EvidenceFile(parsing: bytes).judge(charter)
        }
    }

    // MARK: The format

    @Test("A file that was cut off is not read")
    func whatWasCutOffIsNotRead() throws {
        let checkpoints = AmendedLedger.file(try checkpoint(1, by: "ledger-2"), try checkpoint(2, by: "ledger-2"), [])
        let whole = AmendedLedger.file(
            try checkpoint(1, by: "ledger-2"), try checkpoint(2, by: "ledger-2"), [amendments[0]])
        var rules: Set<String> = []
        let lines = whole.indices.filter { $0 >= checkpoints.count && $0 < whole.count - 1 && whole[$0] == 10 }
        for count in lines + stride(from: checkpoints.count, to: whole.count - 1, by: 41) {
            do {
                let verdict = try EvidenceFile(parsing: Array(whole.prefix(count))).judge(charter)
                Issue.record("\(count) bytes: \(verdict.finding)")
            } catch {
                rules.insert(error.rule ?? "")
            }
        }
        #expect(rules == ["evidence.format", "evidence.signature", "evidence.amendment"])
    }

    @Test("Amendments are bounded")
    func amendmentsAreBounded() throws {
        let many = Array(repeating: amendments[0], count: EvidenceFile.maximumAmendments)
        let (a, b) = (try checkpoint(1, by: "ledger-2"), try checkpoint(2, by: "ledger-2"))
        #expect(try EvidenceFile(parsing: AmendedLedger.file(a, b, many)).amendments == many)
        #expect(throws: CofferError(.tampering, "", rule: "evidence.amendments")) {
            try EvidenceFile(parsing: AmendedLedger.file(a, b, many + [amendments[0]]))
        }
        #expect(throws: CofferError(.tampering, "", rule: "evidence.format")) {
            try EvidenceFile(parsing: Bytes(repeating: 10, count: 5_100_000))
        }
    }

    @Test("Amendments stand at the end")
    func amendmentsStandAtTheEnd() throws {
        let (a, b) = (try checkpoint(1, by: "ledger-2"), try checkpoint(2, by: "ledger-2"))
        let amendment = Array("==== an amendment ====\n".utf8) + amendments[0].encoded
        let title = Array("==== a checkpoint ====\n".utf8)
        for parts in [
            [amendment, title, a.encoded, title, b.encoded], [title, a.encoded, amendment, title, b.encoded],
        ] {
            #expect(throws: CofferError(.tampering, "", rule: "evidence.format")) {
                try EvidenceFile(parsing: parts.flatMap(\.self))
            }
        }
        let file = try EvidenceFile(parsing: [title, a.encoded, title, b.encoded, amendment].flatMap(\.self))
        #expect(file.amendments == [amendments[0]] && file.proof == nil)
    }
}
