import CofferTestKit
import Sealing
import Testing

@testable import Ledger

@Suite("Notes and heads")
struct NoteTests {
    static let origin = "example.org/log"

    struct Cast {
        let ledger: SigningKey
        let ledgerKey: NoteKey
        let cosigners: [SigningKey]
        let policy: CheckpointPolicy

        init(cosigners count: Int) throws {
            ledger = try testKey("ledger")
            ledgerKey = try #require(NoteKey(name: NoteTests.origin, kind: .ed25519, key: ledger.publicKey))
            cosigners = try (0..<count).map { try testKey("cosigner \($0)") }
            policy = CheckpointPolicy(
                ledger: ledgerKey, witnesses: cosigners.map { NoteKey(cosigner: $0.publicKey) })
        }

        func checkpoint(_ size: UInt64, root: Hash256, times: [Seconds] = []) throws -> SignedNote {
            let text = Checkpoint(origin: NoteTests.origin, size: SaturatingUInt64(rawValue: size), root: root).text
            var note = try SignedNote(text: text, signatures: [ledgerKey.sign(text, with: ledger)])
            for (key, time) in zip(cosigners, times) {
                note.add(Cosignature.make(text, by: NoteKey(cosigner: key.publicKey), with: key, time: time))
            }
            return note
        }
    }

    static let root = Hash256(of: [1])

    @Test(
        "A checkpoint parses to what it was made of and back to its bytes",
        arguments: [
            "a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
            "example.com/log\n9223372036854775807\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "a b\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nextension\nand another\n",
        ])
    func checkpoints(text: String) throws {
        #expect(try Checkpoint(parsing: Array(text.utf8)).text == Array(text.utf8))
    }

    @Test(
        "One spelling a head",
        arguments: [
            "", "a\n", "a\n1\n", "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "a\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "a\n+1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "a\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "a\n\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "a\n 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "a\n9223372036854775808\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "a\n18446744073709551617\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
            "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
            "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n", "a\n1\nAAAA\n",
            "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n",
            "a\n１\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "a\n1\n-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        ])
    func otherSpellings(text: String) {
        #expect(throws: NoteError.malformed) { try Checkpoint(parsing: Array(text.utf8)) }
    }

    @Test(
        "A note refuses what is not one",
        arguments: [
            "text\n", "text\n\n", "text\n\n— a AAAAAAA=", "text\n\n- a AAAAAAA=\n", "text\n\n—  AAAAAAA=\n",
            "text\n\n— a  AAAAAAA=\n", "text\n\n— a AAAAAAA\n", "text\n\n— a AAAAAAB=\n", "text\n\n— a AAAAAA==\n",
            "text\n\n— a+b AAAAAAA=\n", "text\n\n— a\u{a0}b AAAAAAA=\n", "text\n\n— a AAAAAAA= \n",
            "te\u{1}xt\n\n— a AAAAAAA=\n",
            "te\txt\n\n— a AAAAAAA=\n", "text\r\n\n— a AAAAAAA=\n", "text\n\n— a AAAAAAA=\n\n", "\n\n\n",
            "text\n\n—a AAAAAAA=\n",
        ])
    func badNotes(text: String) {
        #expect(throws: NoteError.malformed) { try SignedNote(parsing: Array(text.utf8)) }
    }

    @Test("The last blank line splits a note, and bytes that are not UTF-8 are refused")
    func split() throws {
        let text = "one\n\n— a AAAAAAA=\n\n— b AAAAAAA=\n"
        let note = try SignedNote(parsing: Array(text.utf8))
        #expect(note.text == Array("one\n\n— a AAAAAAA=\n".utf8))
        #expect(note.encoded == Array(text.utf8))
        #expect(throws: NoteError.malformed) { try SignedNote(parsing: [0xff] + Array(text.utf8)) }
    }

    @Test("A note of too many signatures or bytes is refused whole")
    func bounds() throws {
        let line = "— a AAAAAAA=\n"
        let most = "t\n\n" + String(repeating: line, count: SignedNote.maximumSignatures)
        #expect(try SignedNote(parsing: Array(most.utf8)).signatures.count == SignedNote.maximumSignatures)
        #expect(throws: NoteError.tooLarge) { try SignedNote(parsing: Array((most + line).utf8)) }
        let big = Bytes(repeating: 97, count: SignedNote.maximumCount)
        #expect(throws: NoteError.tooLarge) { try SignedNote(parsing: big + Array("\n\n\(line)".utf8)) }
    }

    @Test("A quorum of cosigners makes a checkpoint, and its time is the one that the quorum reached")
    func quorum() throws {
        let cast = try Cast(cosigners: 5)
        #expect(cast.policy.quorum == 3)
        for count in 0...5 {
            let note = try cast.checkpoint(7, root: Self.root, times: Array([100, 400, 200, 300, 500].prefix(count)))
            if count < 3 {
                #expect(throws: NoteError.noQuorum) { try cast.policy.verify(note) }
                #expect(try cast.policy.verifySignatures(note).quorumTime == nil)
            } else {
                let checkpoint = try cast.policy.verify(note)
                #expect(checkpoint.size == 7 && checkpoint.root == Self.root && checkpoint.cosignatures.count == count)
                #expect(checkpoint.quorumTime == [3: 100, 4: 200, 5: 300][count])
            }
        }
    }

    @Test("A charter without cosigners has no quorum")
    func noWitnesses() throws {
        let cast = try Cast(cosigners: 0)
        let note = try cast.checkpoint(7, root: Self.root)
        #expect(throws: NoteError.noQuorum) { try cast.policy.verify(note) }
        let none = CheckpointPolicy(ledger: cast.ledgerKey, witnesses: [], quorum: 0)
        #expect(throws: NoteError.noQuorum) { try none.verify(note) }
    }

    @Test("Bad, doubled, missing and foreign signatures")
    func signatures() throws {
        let cast = try Cast(cosigners: 3)
        let good = try cast.checkpoint(7, root: Self.root, times: [1, 2])
        func changed(_ body: (inout [NoteSignature]) throws -> Void) throws -> SignedNote {
            var lines = good.signatures
            try body(&lines)
            return try SignedNote(text: good.text, signatures: lines)
        }
        _ = try cast.policy.verify(good)
        for i in 0..<3 {
            let bad = try changed { lines in
                let line = lines[i]
                lines[i] = NoteSignature(
                    name: line.name, keyID: line.keyID,
                    signature: line.signature.dropLast() + [line.signature[70 % line.signature.count] ^ 1])
            }
            #expect(throws: NoteError.badSignature) { try cast.policy.verify(bad) }
            let doubled = try changed { $0.append($0[i]) }
            #expect(throws: NoteError.duplicateSigner) { try cast.policy.verify(doubled) }
        }
        #expect(throws: NoteError.unsigned) { try cast.policy.verify(try changed { $0.removeFirst() }) }
        // A cosigner's second signature at another time stands twice as well.
        let key = cast.cosigners[0]
        let again = Cosignature.make(good.text, by: NoteKey(cosigner: key.publicKey), with: key, time: 9)
        #expect(throws: NoteError.duplicateSigner) { try cast.policy.verify(try changed { $0.append(again) }) }
        // Lines by others, of types that Coffer does not know, are carried and ignored.
        let unknown = NoteSignature(name: Self.origin, keyID: 1, signature: Bytes(repeating: 6, count: 2_428))
        #expect(try cast.policy.verify(try changed { $0.append(unknown) }).cosignatures.count == 2)
        // A cosigner's key under type 01 is not its cosigner key.
        let plain = NoteKey(signer: key.publicKey).sign(good.text, with: key)
        #expect(try cast.policy.verify(try changed { $0.append(plain) }).cosignatures.count == 2)
        // Time zero and times above 2^63 − 1 are no times.
        for time in [0, Cosignature.maximumTime + 1] {
            let line = Cosignature.make(good.text, by: NoteKey(cosigner: key.publicKey), with: key, time: time)
            #expect(Cosignature.time(of: line, by: NoteKey(cosigner: key.publicKey), over: good.text) == nil)
        }
    }

    @Test("A checkpoint of another log, with extensions, or empty with a root is refused")
    func foreignHeads() throws {
        let cast = try Cast(cosigners: 1)
        func refused(_ text: String) throws -> NoteError? {
            let text = Array(text.utf8)
            let note = try SignedNote(text: text, signatures: [cast.ledgerKey.sign(text, with: cast.ledger)])
            do throws(NoteError) {
                _ = try cast.policy.verifySignatures(note)
                return nil
            } catch {
                return error
            }
        }
        let root = Base64.encode(Self.root.bytes)
        #expect(try refused("\(Self.origin)\n1\n\(root)\n") == nil)
        #expect(try refused("example.org/other\n1\n\(root)\n") == .otherOrigin)
        #expect(try refused("\(Self.origin)\n1\n\(root)\nmore\n") == .malformed)
        #expect(try refused("\(Self.origin)\n0\n\(root)\n") == .malformed)
    }

    @Test(
        "A vkey is read in its one form",
        arguments: [
            "", "a", "a+b", "+00000000+AQ==", "a+0000000+AQ==",
            "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        ])
    func badKeys(vkey: String) { #expect(throws: NoteError.malformed) { try NoteKey(vkey: vkey) } }
}
