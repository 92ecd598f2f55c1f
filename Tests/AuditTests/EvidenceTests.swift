import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import Audit

/// Two checkpoints in a file, judged offline.
@Suite("Evidence")
struct EvidenceTests {
    private let charter: CharterFile

    init() throws { charter = try CharterFile(parsing: Scenario().charterNote) }

    private func file(_ a: SignedNote, _ b: SignedNote) throws -> EvidenceFile {
        try EvidenceFile(
            parsing: Array("Evidence against a log: two.\n\n==== the head that was known ====\n".utf8) + a.encoded
                + Array("\n==== the other head ====\n".utf8) + b.encoded)
    }

    private func checkpoint(
        _ size: UInt64, _ root: UInt8, cosigners: [String] = ["north"], signer: String = "ledger",
        at seconds: Seconds = 100
    ) throws -> SignedNote {
        try Scenario.checkpoint(
            size: size, root: Hash256(of: [root]), cosigners: cosigners, signer: signer, seconds: seconds)
    }

    @Test("Two roots of one size convict")
    func twoRootsOfOneSizeConvict() throws {
        #expect(
            try file(checkpoint(7, 1), checkpoint(7, 2, cosigners: [])).judge(charter).finding
                == .twoHistories(size: 7, cosigners: []))
    }

    /// A clock that ran ahead and was set right leaves the same two checkpoints.
    @Test("A cosigner of a smaller tree at a later time is named and not convicted")
    func timesThatDisagreeConvictNobody() throws {
        let verdict = try file(
            checkpoint(9, 1, cosigners: ["north", "cosigner acme-1"], at: 100),
            checkpoint(7, 2, cosigners: ["north"], at: 221)
        ).judge(charter)
        #expect(verdict.finding == .timesDisagree([NoteKey(cosigner: Scenario.publicKey("north"))]))
        #expect(verdict.error == CofferError(.no, "", rule: "evidence.times"))
        // Within the tolerance; served late is not signed late.
        #expect(try file(checkpoint(9, 1, at: 100), checkpoint(7, 2, at: 220)).judge(charter).finding == .undecided)
        #expect(try file(checkpoint(9, 1, at: 300), checkpoint(7, 2, at: 100)).judge(charter).finding == .undecided)
    }

    @Test("The same checkpoint twice proves nothing")
    func theSameHeadTwiceIsNothing() throws {
        #expect(try file(checkpoint(7, 1), checkpoint(7, 1, at: 300)).judge(charter).finding == .undecided)
    }

    @Test("A checkpoint that the ledger did not sign proves nothing")
    func aHeadThatTheLedgerDidNotSignProvesNothing() throws {
        #expect(throws: CofferError(.no, "", rule: "evidence.signature")) {
            try file(checkpoint(7, 1), checkpoint(7, 2, signer: "desk")).judge(charter)
        }
    }

    @Test(
        "A file without two checkpoints proves nothing",
        arguments: ["", "==== a ====\n", "nonsense", "==== a ====\nx\n\n— y z\n==== b ====\n"])
    func whatHoldsNoTwoHeads(_ text: String) {
        #expect(throws: CofferError(.tampering, "", rule: "evidence.format")) {
            try EvidenceFile(parsing: Array(text.utf8))
        }
    }

    // MARK: Two sizes

    /// A file as a follower leaves it, of the larger tree's own leaves at two sizes.
    private func file(
        _ small: SignedNote, _ large: SignedNote, leaves: [Hash256], claim: Hash256? = nil, drop: Int = 0,
        charter: Hash256? = nil, at size: UInt64 = 7
    ) throws -> EvidenceFile {
        let tree = Tree(size: UInt64(leaves.count), source: LeafHashes(leaves))
        let hashes = [try claim ?? tree.root(at: size)] + (try tree.consistencyProof(from: size).dropLast(drop))
        let proof = hashes.map { Base64.encode($0.bytes) + "\n" }.joined()
        let first = charter.map { "charter \($0.hex)\n" } ?? ""
        return try EvidenceFile(
            parsing: Array((first + "\n==== a ====\n").utf8) + small.encoded + Array("\n==== b ====\n".utf8)
                + large.encoded + Array("\n==== proof ====\n\(proof)".utf8))
    }

    private func leaves(_ count: Int, _ name: String) -> [Hash256] {
        (0..<count).map { Hash256(of: Bytes("\(name) \($0)".utf8)) }
    }

    private func root(_ leaves: some Collection<Hash256>) -> Hash256 {
        var frontier = MerkleFrontier()
        for leaf in leaves { frontier.append(leafHash: leaf) }
        return frontier.root
    }

    @Test("Two sizes convict by the subtrees of the larger tree")
    func twoSizesConvictByTheLargerTreesOwnSubtrees() throws {
        for (m, n) in (1...12).flatMap({ m in ((m + 1)...13).map { (m, $0) } }) {
            let one = leaves(n, "one")
            let large = try Scenario.checkpoint(
                size: UInt64(n), root: root(one), cosigners: ["north", "cosigner acme-1"], seconds: 9)
            func small(_ root: Hash256) throws -> SignedNote {
                try Scenario.checkpoint(size: UInt64(m), root: root, cosigners: ["north"], seconds: 8)
            }
            let forked = try small(root(leaves(m, "two")))
            let honest = try small(root(one.prefix(m)))
            let convicted = EvidenceVerdict.Finding.twoHistories(
                size: UInt64(m), cosigners: [NoteKey(cosigner: Scenario.publicKey("north"))])
            #expect(try file(forked, large, leaves: one, at: UInt64(m)).judge(charter).finding == convicted)
            #expect(try file(large, forked, leaves: one, at: UInt64(m)).judge(charter).finding == convicted)
            // Innocent: the proof of what both say; a root that the larger tree does not have; a proof of another tree.
            #expect(try file(honest, large, leaves: one, at: UInt64(m)).judge(charter).finding == .undecided)
            let lie = Hash256(of: [1])
            #expect(
                try file(honest, large, leaves: one, claim: lie, at: UInt64(m)).judge(charter).finding == .undecided)
            #expect(
                try file(forked, large, leaves: one, claim: lie, at: UInt64(m)).judge(charter).finding == .undecided)
            #expect(
                try file(honest, large, leaves: leaves(n, "two"), at: UInt64(m)).judge(charter).finding == .undecided)
            #expect(try file(forked, large, leaves: one, drop: 1, at: UInt64(m)).judge(charter).finding == .undecided)
        }
    }

    @Test("Evidence about another charter proves nothing")
    func anotherChartersEvidenceProvesNothingHere() throws {
        let one = leaves(9, "one")
        let large = try Scenario.checkpoint(size: 9, root: root(one), seconds: 9)
        let small = try Scenario.checkpoint(size: 7, root: root(leaves(7, "two")), seconds: 8)
        let file = try file(small, large, leaves: one, charter: charter.hash)
        #expect(try file.judge(charter).finding != .undecided)
        #expect(throws: CofferError(.no, "", rule: "evidence.charter")) {
            try file.judge(CharterFile(parsing: Scenario { $0.rate = 7 }.charterNote))
        }
    }

    @Test("The evidence that followers leave convicts")
    func whatFollowersLeaveConvicts() async throws {
        let directory = NSTemporaryDirectory() + "coffer-evidence-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var one = Scenario()
        _ = one.programme(["ann"])
        var two = one
        one.grow(by: 20)
        two.grow(by: 300)
        two.submit(two.halt(), by: ["security"])
        two = try Self.shifted(two)
        // The larger one known first, then the smaller; and the other way round; from a database-like store and tiles.
        for (known, other) in [(one, two), (two, one)] {
            for name in ["memory", "tiles"] {
                let evidence = "\(directory)/\(UUID().uuidString)"
                let store: any FollowerStore =
                    name == "memory" ? MemoryLedger() : LedgerDirectory(TileDirectory(path: evidence + "/log"))
                let pin = try SignedLog(one).pin
                let source = ServedLog(try SignedLog(known))
                let follower = Follower(
                    pin: pin, store: store, sources: [source], evidence: EvidenceDirectory(path: evidence))
                _ = try await follower.follow()
                source.serve(try SignedLog(other))
                await #expect(throws: CofferError(.tampering, "", rule: "fork")) { try await follower.follow() }
                await #expect(throws: CofferError(.tampering, "", rule: "fork")) {
                    if known.entries.count > other.entries.count {
                        _ = try await follower.compare(try SignedLog(other).checkpoint)
                    } else {
                        _ = try await follower.follow()
                    }
                }
                let left = try FileManager.default.contentsOfDirectory(atPath: evidence).filter { $0.hasSuffix(".txt") }
                #expect(left.count == 1)
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(evidence)/\(left[0])"))
                let verdict = try EvidenceFile(parsing: Array(bytes)).judge(charter).finding
                guard case .twoHistories(let size, let cosigners) = verdict else {
                    Issue.record("not convicted: \(verdict)")
                    continue
                }
                #expect(size == UInt64(min(one.entries.count, two.entries.count)) && cosigners.count == 5)
            }
        }
    }

    /// The same scenario with its last statements in another order: another history.
    private static func shifted(_ scenario: Scenario) throws -> Scenario {
        var shifted = Scenario()
        for entry in scenario.entries.dropFirst().prefix(4) { shifted.append(entry.note) }
        shifted.now = scenario.now
        for entry in scenario.entries.dropFirst(5).reversed() { shifted.append(entry.note) }
        return shifted
    }
}
