import CofferTestKit
import Sealing
import Testing

@testable import Ledger

@Suite("Offline proofs")
struct ProofTests {
    /// A proof of record 5 of 13 under two of three cosigners.
    static func proof(extra: Bytes? = nil) throws -> (TlogProof, CheckpointPolicy) {
        let cast = try NoteTests.Cast(cosigners: 3)
        let leaves = records(13).map { Merkle.leafHash($0) }
        let tree = Tree(size: 13, source: LeafSource(leaves: leaves))
        let note = try cast.checkpoint(13, root: try tree.root(), times: [5, 6])
        return (TlogProof(extra: extra, index: 5, hashes: try tree.inclusionProof(index: 5), note: note), cast.policy)
    }

    @Test("A proof verifies and re-encodes, with extra data and without", arguments: [nil, [0, 1, 2]] as [Bytes?])
    func verifies(extra: Bytes?) throws {
        let (proof, policy) = try Self.proof(extra: extra)
        let read = try TlogProof(parsing: proof.encoded)
        #expect(read == proof && read.encoded == proof.encoded)
        #expect(try read.verify(entry: records(6)[5], policy: policy).size == 13)
        #expect(throws: NoteError.notIncluded) { try read.verify(entry: [1], policy: policy) }
        let moved = TlogProof(index: 6, hashes: read.hashes, note: read.note)
        #expect(throws: NoteError.notIncluded) { try moved.verify(entry: records(6)[5], policy: policy) }
        let strict = CheckpointPolicy(ledger: policy.ledger, witnesses: policy.witnesses, quorum: 3)
        #expect(throws: NoteError.noQuorum) { try read.verify(entry: records(6)[5], policy: strict) }
    }

    @Test("One spelling a proof")
    func otherSpellings() throws {
        let text = String(decoding: try Self.proof().0.encoded, as: UTF8.self)
        let hash = Base64.encode(Hash256(of: [1]).bytes)
        let changes = [
            text.replacing("proof@v1", with: "proof@v2"), text.replacing("index 5", with: "index 05"),
            text.replacing("index 5", with: "index +5"), text.replacing("index 5", with: "index"),
            text.replacing("index 5\n", with: ""), text.replacing("index 5\n", with: "extra \nindex 5\n"),
            text.replacing("index 5\n", with: "extra AA=\nindex 5\n"),
            text.replacing("index 5\n", with: "index 5\nextra AAAA\n"),
            text.replacing("index 5\n", with: "index 5\n" + String(repeating: hash + "\n", count: 60)),
            text.replacing("index 5\n", with: "index 5\n\n"), text.replacing("\n\n", with: "\n"),
            text.replacing("\n", with: "\r\n"), "\n" + text, String(text.dropLast()), "",
        ]
        for change in changes {
            #expect(throws: NoteError.self) { try TlogProof(parsing: Array(change.utf8)) }
        }
    }
}
