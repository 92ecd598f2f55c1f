import CofferTestKit
import Crypto
import Sealing
import Testing

@testable import Ledger

/// What other implementations publish, made again from its seeds and entries.
@Suite("Published vectors", .enabled(if: PublishedVectors.areThere, "../shared/notes/tlog.md is not there"))
struct PublishedVectorTests {
    /// The entries of Tessera's `testdata/build_log.sh`.
    static let tessera = [
        "one", "two", "three", "four", "five", "six", "seven", "eit", "nain", "ten", "ileven", "twelf", "threeten",
        "fourten", "fivten",
    ].map { Array($0.utf8) }

    @Test("Tessera's log of fifteen entries")
    func tesseraLog() throws {
        let (name, key) = try #require(PublishedVectors.goKey())
        let published = try NoteKey(
            vkey: try #require(PublishedVectors.quoted("…+33d7b496+")).replacing("…", with: name))
        let writer = try LogWriter(origin: name, key: key, directory: "log", files: SimulatedDisk())
        #expect(writer.key == published)
        for entry in Self.tessera {
            _ = try writer.append([entry])
            let checkpoint = try #require(writer.committed)
            try writer.publish(checkpoint)
            let policy = CheckpointPolicy(ledger: published, witnesses: [], quorum: 0)
            _ = try policy.verifySignatures(checkpoint)
            if writer.size == 1 {
                #expect(try Checkpoint(parsing: checkpoint.text).root == PublishedVectors.root(endingIn: "SmN+ek="))
            }
        }
        let checkpoint = try #require(writer.committed)
        #expect(try Checkpoint(parsing: checkpoint.text).root == PublishedVectors.root(endingIn: "v383cs="))
        #expect(checkpoint.text == Array("\(name)\n15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n".utf8))
        // The signature is deterministic: this is the hash of the published file.
        #expect(try writer.tiles.checkpoint() == checkpoint.encoded)
        #expect(Hash256(of: checkpoint.encoded).hex == Self.tesseraCheckpoint)
        #expect(try writer.tiles.entries(bundle: 0, width: 15).map(Array.init) == Self.tessera)
        let entries = try writer.tiles.read(TilePath(level: nil, index: 0, width: 15))
        let hashes = try writer.tiles.read(TilePath(level: 0, index: 0, width: 15))
        #expect(Hash256(of: entries).hex == Self.tesseraEntries)
        #expect(Hash256(of: hashes).hex == Self.tesseraTile)
    }

    /// SHA-256 of Tessera's `testdata/log/{checkpoint, tile/entries/000.p/15, tile/0/000.p/15}`.
    static let tesseraCheckpoint = "aebf6c3251e27b6a4e265cbbcb3036887ba860071e1df9669cd36179ac82eaed"
    static let tesseraEntries = "9ac6a9fc9012f2b4d67ac26041933c119e1505defc5c808ed614c5778c9f1716"
    static let tesseraTile = "93593af14d2cce39867d2e73fe4ca400a38581605c5c4501a03e752d9b51a130"

    @Test("Sunlight's mirror of three hundred records and its cosignature")
    func sunlightMirror() throws {
        let seed = SymmetricKey(data: Hash256(of: "skylight test mirror key".utf8).bytes)
        let key = try #require(SigningKey(seed: seed))
        let mirror = try NoteKey(vkey: try #require(PublishedVectors.quoted("mirror.example.org+")))
        #expect(mirror.kind == .cosignature && mirror.key == key.publicKey)
        var edge = TileEdge()
        _ = edge.append(records(300))
        #expect(edge.root == PublishedVectors.root(endingIn: "m0i62uU="))
        let checkpoint = Checkpoint(origin: "rome2026h1.example.org", size: 300, root: edge.root)
        let line = Cosignature.make(checkpoint.text, by: mirror, with: key, time: 1_767_139_200)
        let note = try SignedNote(text: checkpoint.text, signatures: [line])
        #expect(Hash256(of: note.encoded).hex == "d37ad4091828765077feca2d13144ad113fccbbed6c9c07a7c025dd8a22eb499")
        #expect(Cosignature.time(of: line, by: mirror, over: checkpoint.text) == 1_767_139_200)
        #expect(Cosignature.time(of: line, by: mirror, over: checkpoint.text + [10]) == nil)
    }

    @Test("The key of the example in signed-note.md is read and written back")
    func signedNoteKey() throws {
        let vkey = try #require(PublishedVectors.quoted("example.com/foo+530d903a+"))
        let key = try NoteKey(vkey: vkey)
        #expect(key.name == "example.com/foo" && key.keyID == 0x530d_903a && key.kind == .ed25519)
        #expect(key.vkey == vkey)
        // The example's text under a signature that is not the published one.
        let text = Array("This is an example message.\n".utf8)
        let wrong = NoteSignature(name: key.name, keyID: key.keyID, signature: Bytes(repeating: 1, count: 64))
        #expect(!key.verifies(wrong, over: text))
    }
}
