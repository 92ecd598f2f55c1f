import CofferTestKit
import Sealing
import Testing

@testable import Ledger

/// Notes as others sign them: what is unknown is carried, and counts for nothing.
@Suite("Signatures by others")
struct ForeignSignatureTests {
    /// The example of c2sp.org/signed-note, whole.
    static let example =
        "This is an example message.\n\n— example.com/foo "
        + "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"

    @Test("The example of the format: its bytes, its key, and nothing next to it")
    func signedNote() throws {
        let key = try NoteKey(vkey: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
        let note = try SignedNote(parsing: Array(Self.example.utf8))
        #expect(note.encoded == Array(Self.example.utf8))
        let line = try #require(note.signatures.first)
        #expect(note.signatures.count == 1 && key.matches(line) && key.verifies(line, over: note.text))
        #expect(!key.verifies(line, over: note.text.dropLast() + [32, 10]))
        for i in line.signature.indices {
            var signature = line.signature
            signature[i] ^= 1
            let changed = NoteSignature(name: line.name, keyID: line.keyID, signature: signature)
            #expect(!key.verifies(changed, over: note.text), "byte \(i)")
        }
    }

    @Test(
        "The checkpoints that the formats show are read and written back",
        arguments: [
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
                + "— example.com/behind-the-sofa "
                + "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
                + "— witness.example.com/w1 "
                + "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
        ])
    func checkpoints(text: String) throws {
        let note = try SignedNote(checkpoint: Array(text.utf8))
        let checkpoint = try Checkpoint(parsing: note.text)
        #expect(note.encoded == Array(text.utf8) && checkpoint.text == note.text)
        #expect(checkpoint.size == 20_852_163 && note.signatures[1].signature.count == 72)
        let time = note.signatures[1].signature.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        #expect(time == 1_679_315_147)
    }

    @Test("Sixteen signatures of five kilobytes and long names stand beside ours, in checkpoints, proofs and requests")
    func postQuantum() throws {
        let cast = try NoteTests.Cast(cosigners: 1)
        let checkpoint = try cast.checkpoint(1, root: Merkle.leafHash([1]), times: [1])
        let others = (0..<16).map {
            NoteSignature(
                name: "pq\($0).example/" + String(repeating: "n", count: 300), keyID: UInt32($0),
                signature: Bytes(repeating: UInt8($0), count: 5000))
        }
        let note = try SignedNote(text: checkpoint.text, signatures: others + checkpoint.signatures)
        #expect(throws: NoteError.tooLarge) { try SignedNote(parsing: note.encoded) }
        #expect(try SignedNote(checkpoint: note.encoded) == note)
        #expect(try cast.policy.verify(note).size == 1)
        let proof = TlogProof(index: 0, hashes: [], note: note)
        #expect(try TlogProof(parsing: proof.encoded).verify(entry: [1], policy: cast.policy).size == 1)
        let witness = try Witness(
            key: cast.cosigners[0], logs: [NoteTests.origin: [cast.ledgerKey]], directory: "w", files: SimulatedDisk(),
            now: { 5000 })
        let request = AddCheckpoint(oldSize: 0, proof: [], note: note)
        #expect(try witness.addCheckpoint(request.encoded).status == 200)
        // Lines by unknown keys are never stored.
        let stored = try #require(witness.checkpoint(under: Witness.directoryName(NoteTests.origin)))
        #expect(try SignedNote(checkpoint: stored).signatures.count == 2)
        let most = Bytes(repeating: 97, count: SignedNote.maximumCheckpointCount)
        #expect(throws: NoteError.tooLarge) { try SignedNote(checkpoint: most + Array(Self.example.utf8)) }
    }

    @Test("A key is its name and its ID together, byte for byte")
    func namesAndIDs() throws {
        // K and the Kelvin sign are one character to Swift, and two names.
        let key = try #require(NoteKey(name: "K.example", kind: .ed25519, key: try testKey("k").publicKey))
        let text = Array("text\n".utf8)
        let line = key.sign(text, with: try testKey("k"))
        #expect(key.matches(line))
        #expect(!key.matches(NoteSignature(name: "\u{212A}.example", keyID: line.keyID, signature: line.signature)))
        #expect(!key.matches(NoteSignature(name: line.name, keyID: line.keyID ^ 1, signature: line.signature)))
        #expect(throws: NoteError.malformed) { try NoteKey(vkey: key.vkey.replacing("K.", with: "\u{212A}.")) }

        let cast = try NoteTests.Cast(cosigners: 1)
        let witness = try Witness(
            key: cast.cosigners[0], logs: ["K": [cast.ledgerKey]], directory: "w", files: SimulatedDisk(), now: { 5000 }
        )
        func status(_ origin: String) throws -> Int {
            let text = Checkpoint(origin: origin, size: 1, root: Merkle.leafHash([1])).text
            let note = try SignedNote(text: text, signatures: [cast.ledgerKey.sign(text, with: cast.ledger)])
            return try witness.addCheckpoint(AddCheckpoint(oldSize: 0, proof: [], note: note).encoded).status
        }
        #expect(try status("\u{212A}") == 404)
        #expect(try status("K") == 200)
    }

    @Test("A checkpoint with extension lines is cosigned with them, and trusted by no policy of ours")
    func extensionLines() throws {
        let cast = try NoteTests.Cast(cosigners: 1)
        let text = try cast.checkpoint(1, root: Merkle.leafHash([1])).text + Array("more\n".utf8)
        let note = try SignedNote(text: text, signatures: [cast.ledgerKey.sign(text, with: cast.ledger)])
        let witness = try Witness(
            key: cast.cosigners[0], logs: [NoteTests.origin: [cast.ledgerKey]], directory: "w", files: SimulatedDisk(),
            now: { 5000 })
        let reply = try witness.addCheckpoint(AddCheckpoint(oldSize: 0, proof: [], note: note).encoded)
        let line = try NoteSignature(parsing: reply.body.dropLast())
        #expect(Cosignature.time(of: line, by: witness.key, over: text) == 5)
        #expect(throws: NoteError.malformed) { try cast.policy.verifySignatures(note) }
    }
}
