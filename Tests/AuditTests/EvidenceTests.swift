import CofferTestKit
import Ledger
import Rules
import Sealing
import Testing

@testable import Audit

/// Two heads in a file, judged offline.
@Suite struct EvidenceTests {
    private let policy: CheckpointPolicy

    init() throws { policy = try #require(Scenario().terms.checkpointPolicy(origin: Scenario.origin)) }

    private func file(_ a: SignedNote, _ b: SignedNote) throws -> EvidenceFile {
        try EvidenceFile(
            parsing: Array("Evidence against a log: two.\n\n==== the head that was known ====\n".utf8) + a.encoded
                + Array("\n==== the other head ====\n".utf8) + b.encoded)
    }

    private func head(
        _ size: UInt64, _ root: UInt8, cosigners: [String] = ["north"], signer: String = "ledger",
        at seconds: UInt64 = 100
    ) throws -> SignedNote {
        try ScenarioLog.head(
            size: size, root: Hash256(of: [root]), cosigners: cosigners, signer: signer, seconds: seconds)
    }

    @Test func twoRootsOfOneSizeConvict() throws {
        #expect(try file(head(7, 1), head(7, 2, cosigners: [])).judge(policy) == .twoHistories(size: 7))
    }

    @Test func whoCosignedASmallerTreeLaterIsConvicted() throws {
        let verdict = try file(
            head(9, 1, cosigners: ["north", "cosigner acme-1"], at: 100), head(7, 2, cosigners: ["north"], at: 200)
        ).judge(policy)
        #expect(verdict == .wentBack([NoteKey(cosigner: Scenario.publicKey("north"))]))
        // Served late is not signed late.
        #expect(try file(head(9, 1, at: 200), head(7, 2, at: 100)).judge(policy) == .undecided)
    }

    @Test func theSameHeadTwiceIsNothing() throws {
        #expect(try file(head(7, 1), head(7, 1, at: 300)).judge(policy) == .undecided)
    }

    @Test func aHeadThatTheLedgerDidNotSignProvesNothing() throws {
        #expect(throws: CofferError(.no, "", rule: "evidence.signature")) {
            try file(head(7, 1), head(7, 2, signer: "desk")).judge(policy)
        }
    }

    @Test(arguments: ["", "==== a ====\n", "nonsense", "==== a ====\nx\n\n— y z\n==== b ====\n"])
    func whatHoldsNoTwoHeads(_ text: String) {
        #expect(throws: CofferError(.tampering, "", rule: "evidence.format")) {
            try EvidenceFile(parsing: Array(text.utf8))
        }
    }
}
