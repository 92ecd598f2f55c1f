import CofferTestKit
import Sealing
import Testing

@testable import Ledger

/// c2sp.org/tlog-policy: every rule of the file, and what it says of checkpoints.
@Suite("Policy files")
struct WitnessPolicyTests {
    static let names = ["x1", "x2", "x3", "y1", "y2", "y3"]

    static func key(_ name: String, _ kind: NoteKey.Kind = .cosignature) throws -> NoteKey {
        try #require(NoteKey(name: "\(name).example", kind: kind, key: try testKey(name).publicKey))
    }

    static func vkey(_ name: String, _ kind: NoteKey.Kind = .cosignature) throws -> String { try key(name, kind).vkey }

    /// The two levels of groups of the format's own example.
    static func example() throws -> String {
        var lines = ["log \(try vkey("log", .ed25519))"]
        for name in names { lines.append("witness \(name) \(try vkey(name))") }
        lines += ["group x 2 x1 x2 x3", "group y any y1 y2 y3", "group both all x y", "quorum both"]
        return lines.map { $0 + "\n" }.joined()
    }

    private func policy(_ text: String) throws -> WitnessPolicy { try WitnessPolicy(parsing: Array(text.utf8)) }

    private func reason(_ text: String) -> PolicyError.Reason? {
        do throws(PolicyError) {
            _ = try WitnessPolicy(parsing: Array(text.utf8))
            return nil
        } catch {
            return error.reason
        }
    }

    /// A checkpoint with the log's signature and these cosignatures.
    private func checkpoint(_ cosigners: [String], time: Seconds = 1_700_000_000) throws -> SignedNote {
        let log = try Self.key("log", .ed25519)
        let text = Checkpoint(origin: log.name, size: 1, root: Merkle.leafHash([1])).text
        var note = try SignedNote(text: text, signatures: [log.sign(text, with: try testKey("log"))])
        for (number, name) in cosigners.enumerated() {
            let key = try Self.key(name)
            note.add(Cosignature.make(text, by: key, with: try testKey(name), time: time + Seconds(clamping: number)))
        }
        return note
    }

    @Test(
        "Two levels of groups",
        arguments: [
            (["x1", "x2", "y3"], true), (["x1", "x3", "y1", "y2"], true), (["x1", "x2", "x3"], false),
            (["x1", "y1", "y2", "y3"], false), ([], false),
        ])
    func groups(cosigners: [String], isTrusted: Bool) throws {
        let policy = try policy(Self.example())
        let note = try checkpoint(cosigners)
        if isTrusted {
            #expect(try policy.verify(note).cosignatures.count == cosigners.count)
        } else {
            #expect(throws: NoteError.noQuorum) { try policy.verify(note) }
        }
    }

    @Test("A quorum's time is the latest that all of it has reached")
    func time() throws {
        // x reaches two at x1 (0) and x2 (1), y any at y1 (2): both had cosigned at 0.
        #expect(try policy(Self.example()).verify(checkpoint(["x1", "x2", "y1"])).quorumTime == 1_700_000_000)
        #expect(try policy(Self.example()).verify(checkpoint(["y1", "x1", "x2", "x3"])).quorumTime == 1_700_000_000)
    }

    @Test("White space, comments, URLs and bytes outside UTF-8 are read as specified")
    func spelling() throws {
        let log = try Self.vkey("log", .ed25519)
        let one = try Self.vkey("x1")
        let text = "# a comment\n \t\n\tlog\t\(log)  https://log.example/ \n  # another\nwitness K \(one)\nquorum K\n"
        let parsed = try policy(text)
        #expect(parsed.logs[0].url == Array("https://log.example/".utf8) && parsed.quorum == Array("K".utf8))
        #expect(try WitnessPolicy(parsing: parsed.encoded) == parsed)
        // Names are octets: one that is no UTF-8 may be, and the Kelvin sign is not K.
        #expect(reason(text.replacing("quorum K", with: "quorum \u{212A}")) == .unknownName)
        var bytes = Bytes("witness ".utf8) + [0xff, 0x80]
        bytes += Array(" \(one)\nquorum ".utf8) + [0xff, 0x80, 10]
        #expect(try WitnessPolicy(parsing: bytes).quorum == [0xff, 0x80])
        #expect(try WitnessPolicy(parsing: bytes).encoded == bytes)
    }

    @Test("A file that is not a policy is refused with its reason")
    func refused() throws {
        let log = "log \(try Self.vkey("log", .ed25519))\n"
        let one = "witness one \(try Self.vkey("x1"))\n"
        let two = "witness two \(try Self.vkey("x2"))\n"
        let other = try #require(NoteKey(name: "other", kind: .cosignature, key: try testKey("x1").publicKey)).vkey
        #expect(reason(log + one + "quorum one\n") == nil)
        #expect(reason(log + one + "quorum one") == .malformed)
        #expect(reason("") == .quorum)
        #expect(reason(log + one) == .quorum)
        #expect(reason(log + one + "quorum one\nquorum one\n") == .quorum)
        #expect(reason(log + "quorum one\n" + one) == .unknownName)
        #expect(reason(log + one + one + "quorum one\n") == .duplicateKey)
        #expect(reason(log + one + "witness three \(other)\nquorum one\n") == .duplicateKey)
        #expect(reason(log + log + one + "quorum one\n") == .duplicateKey)
        #expect(reason(one + two.replacing("two", with: "one") + "quorum one\n") == .duplicateName)
        #expect(reason(one + "group one 1 one\nquorum one\n") == .duplicateName)
        #expect(reason(two.replacing("two", with: "none") + "quorum none\n") == .duplicateName)
        #expect(reason(one + two + "group g all one one\nquorum g\n") == .doubleMember)
        #expect(reason(one + two + "group g any one\ngroup h any g one\nquorum h\n") == .doubleMember)
        #expect(reason(one + "group g any none\nquorum g\n") == .unknownName)
        #expect(reason(one + "group g any g\nquorum g\n") == .unknownName)
        #expect(reason(one + "group g any two\n" + two + "quorum g\n") == .unknownName)
        for number in ["0", "3", "01", "+1", "-1", "1.0", "All", "x", "99999999999999999999"] {
            #expect(reason(one + two + "group g \(number) one two\nquorum g\n") == .threshold, "\(number)")
        }
        for line in [
            "group g any", "group g", "log", "witness one", "quorum", "quorum one two", "Log x", "policy 1",
            "log a b", "log \(try Self.vkey("log", .ed25519)) u u", "quorum on\u{7f}e", "quorum one\r", "\u{0}",
        ] {
            #expect(reason(one + line + "\nquorum one\n") == .malformed, "\(line)")
        }
        // A witness with a log's key, and a log with a witness's.
        #expect(reason("witness one \(try Self.vkey("x1", .ed25519))\nquorum one\n") == .keyType)
        #expect(reason("log \(try Self.vkey("log"))\n" + one + "quorum one\n") == .keyType)
        #expect(throws: PolicyError(line: 3, reason: .unknownName)) { try policy(log + one + "quorum two\n") }
    }

    @Test("A policy with the quorum none is read, and no checkpoint satisfies it")
    func nobody() throws {
        let open = try policy("log \(try Self.vkey("log", .ed25519))\nquorum none\n")
        #expect(open.isOpen && CheckpointPolicy(open) == nil)
        #expect(throws: NoteError.noQuorum) { try open.verify(checkpoint([])) }
    }

    @Test("Another log's checkpoint, an unsigned one, a witness's line that does not verify")
    func badHeads() throws {
        let policy = try policy(Self.example())
        let good = try checkpoint(["x1", "x2", "y1"])
        let other = try WitnessPolicy(
            parsing: Array(
                Self.example().replacing(try Self.vkey("log", .ed25519), with: try Self.vkey("z", .ed25519)).utf8))
        #expect(throws: NoteError.otherOrigin) { try other.verify(good) }
        let unsigned = try SignedNote(text: good.text, signatures: Array(good.signatures.dropFirst()))
        #expect(throws: NoteError.unsigned) { try policy.verify(unsigned) }
        let last = good.signatures[3]
        let forged = NoteSignature(name: last.name, keyID: last.keyID, signature: last.signature.map { $0 ^ 1 })
        let bad = try SignedNote(text: good.text, signatures: good.signatures.dropLast() + [forged])
        #expect(throws: NoteError.badSignature) { try policy.verify(bad) }
    }

    @Test("An ML-DSA-44 witness is carried and never counts; one flat quorum is a policy of ours")
    func carried() throws {
        let key = Bytes(repeating: 7, count: VerifierKey.mldsa44Count)
        let id = Hash256(of: Array("pq.example\n".utf8) + [6], key).bytes.prefix(4)
        let vkey = "pq.example+\(Hex.encode(id))+\(Base64.encode([6] + key))"
        let lines = "log \(try Self.vkey("log", .ed25519))\nwitness pq \(vkey)\nwitness x1 \(try Self.vkey("x1"))\n"
        let either = try policy(lines + "group g any pq x1\nquorum g\n")
        #expect(try policy(String(decoding: either.encoded, as: UTF8.self)) == either)
        let text = try checkpoint([]).text
        var note = try checkpoint(["x1"])
        let line = NoteSignature(
            name: "pq.example", keyID: id.reduce(0) { $0 << 8 | UInt32($1) },
            signature: Bytes(repeating: 1, count: 2428))
        note.add(line)
        #expect(try either.verify(note).cosignatures.count == 1)
        let alone = try SignedNote(text: text, signatures: [note.signatures[0], line])
        #expect(throws: NoteError.noQuorum) { try either.verify(alone) }
        #expect(CheckpointPolicy(either) == nil)
        #expect(throws: NoteError.malformed) { try VerifierKey(parsing: vkey.replacing("pq.", with: "pk.")) }

        let flat = try #require(CheckpointPolicy(try policy(lines + "quorum x1\n")))
        #expect(try flat.quorum == 1 && flat.witnesses == [Self.key("x1")])
        #expect(try CheckpointPolicy(policy(Self.example())) == nil)
    }
}
