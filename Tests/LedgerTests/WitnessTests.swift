import CofferTestKit
import Sealing
import Synchronization
import Testing

@testable import Ledger

/// The status table of `add-checkpoint`, on the tree of the published transcript (leaf hash i = 2a ‖ i ‖ zeros).
@Suite("Witness")
struct WitnessTests {
    static let leaves = (0..<8).compactMap { try? Hash256([0x2a, UInt8($0)] + Bytes(repeating: 0, count: 30)) }

    let cast: NoteTests.Cast
    let disk = SimulatedDisk()
    let clock = ManualClock()

    init() throws { cast = try NoteTests.Cast(cosigners: 1) }

    private func witness() throws -> Witness {
        try Witness(
            key: cast.cosigners[0], logs: [NoteTests.origin: [cast.ledgerKey]], directory: "witness", files: disk,
            now: clock.read)
    }

    private func root(_ size: Int) -> Hash256 { NaiveTree.root(Self.leaves[..<size]) }

    private func request(_ old: Int, _ size: Int, root: Hash256? = nil, proof: [Hash256]? = nil) throws -> AddCheckpoint
    {
        let honest = old > 0 && old <= size ? NaiveTree.proof(old, Self.leaves[..<size]) : []
        return AddCheckpoint(
            oldSize: SaturatingUInt64(clamping: old), proof: proof ?? honest,
            note: try cast.checkpoint(UInt64(size), root: root ?? self.root(size)))
    }

    private func status(_ witness: Witness, _ request: AddCheckpoint) throws -> Int {
        try witness.addCheckpoint(request.encoded).status
    }

    @Test("The published transcript's roots", .enabled(if: leaves.count == 8))
    func roots() {
        #expect(Base64.encode(root(1).bytes) == "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        #expect(NaiveTree.proof(1, Self.leaves[..<3]) == [Self.leaves[1], Self.leaves[2]])
    }

    @Test("The transcript: first checkpoint, bad signature, unknown log, bad proofs, growth, conflict")
    func transcript() throws {
        let witness = try witness()
        let first = try witness.addCheckpoint(try request(0, 1).encoded)
        #expect(first.status == 200 && first.contentType == "text/plain")
        let checkpoint = try request(0, 1).note
        let line = try NoteSignature(parsing: first.body.dropLast())
        #expect(Cosignature.time(of: line, by: witness.key, over: checkpoint.text) == Seconds(clock.now))

        let good = try request(1, 3)
        let signature = good.note.signatures[0]
        var forged = signature.signature
        forged[0] ^= 1
        let bad = NoteSignature(name: signature.name, keyID: signature.keyID, signature: forged)
        let unsigned = AddCheckpoint(
            oldSize: 1, proof: good.proof, note: try SignedNote(text: good.note.text, signatures: [bad]))
        #expect(try status(witness, unsigned) == 403)
        // A good line beside the bad one does not help.
        let both = AddCheckpoint(
            oldSize: 1, proof: good.proof, note: try SignedNote(text: good.note.text, signatures: [signature, bad]))
        #expect(try status(witness, both) == 403)
        let stranger = NoteSignature(name: "x", keyID: 1, signature: forged)
        let foreign = AddCheckpoint(
            oldSize: 1, proof: good.proof, note: try SignedNote(text: good.note.text, signatures: [stranger]))
        #expect(try status(witness, foreign) == 403)

        let text = Checkpoint(origin: "example.org/other", size: 3, root: root(3)).text
        let other = try SignedNote(text: text, signatures: [cast.ledgerKey.sign(text, with: cast.ledger)])
        #expect(try status(witness, AddCheckpoint(oldSize: 1, proof: good.proof, note: other)) == 404)

        #expect(try status(witness, request(1, 3, proof: [])) == 422)
        #expect(try status(witness, request(1, 3, proof: [good.proof[0], root(2)])) == 422)
        #expect(try status(witness, request(1, 3, proof: good.proof + [root(2)])) == 422)
        #expect(try status(witness, good) == 200)

        let stale = try witness.addCheckpoint(try request(1, 5).encoded)
        #expect(stale == Witness.Reply(status: 409, contentType: "text/x.tlog.size", body: Array("3\n".utf8)))
        #expect(try status(witness, request(3, 5)) == 200)
        let unaware = try witness.addCheckpoint(try request(0, 5).encoded)
        #expect(unaware.status == 409 && unaware.body == Array("5\n".utf8))
    }

    @Test("The rest of the table")
    func table() throws {
        let witness = try witness()
        // An old size above the checkpoint's, before anything is compared with the stored one.
        #expect(try status(witness, request(2, 1)) == 400)
        // A proof where the old size is zero; an empty tree with a root; the empty tree itself.
        #expect(try status(witness, request(0, 3, proof: [root(1)])) == 422)
        #expect(try status(witness, request(0, 0, root: root(1))) == 422)
        #expect(try status(witness, request(0, 0, root: Merkle.emptyRoot)) == 200)
        #expect(try status(witness, request(0, 3)) == 200)
        // The same size again: same root only, no proof.
        #expect(try status(witness, request(3, 3)) == 200)
        #expect(try status(witness, request(3, 3, root: root(4))) == 422)
        #expect(try status(witness, request(3, 3, proof: [root(1)])) == 422)
        // A smaller checkpoint under the stored size as the old one is beyond that checkpoint.
        #expect(try status(witness, request(3, 2)) == 400)
        #expect(try status(witness, request(2, 2)) == 409)
    }

    @Test(
        "Malformed bodies are refused",
        arguments: [
            "", "\n", "old 0\n", "old 0\n\n", "old 00\n\n", "old +0\n\n", "old  0\n\n", "old 0 \n\n", "OLD 0\n\n",
            "old\n\n",
            "old 18446744073709551616\n\n", "old 0\r\n\r\n", "old 0\nAAAA\n\n", "old 0\n\n\n", "\nold 0\n\n",
        ])
    func malformed(prefix: String) throws {
        let witness = try witness()
        let note = try request(0, 1).note.encoded
        let whole = ["old 0\n\n", "old 0\n"].contains(prefix) ? Array(prefix.utf8) : Array(prefix.utf8) + note
        #expect(try witness.addCheckpoint(whole).status == 400)
        #expect(try status(witness, request(0, 1)) == 200)
    }

    @Test("Sixty-three lines of proof are the most")
    func proofLines() throws {
        let hash = root(1)
        let most = AddCheckpoint(oldSize: 0, proof: Array(repeating: hash, count: 63), note: try request(0, 1).note)
        let more = AddCheckpoint(oldSize: 0, proof: Array(repeating: hash, count: 64), note: most.note)
        #expect(try status(try witness(), most) == 422)
        #expect(try status(try witness(), more) == 400)
    }

    @Test("A restarted witness goes on from the checkpoint on the disk and serves it to monitors")
    func restart() throws {
        #expect(try status(witness(), request(0, 3)) == 200)
        disk.cutPower(seed: 1)
        let again = try witness()
        #expect(try status(again, request(0, 4)) == 409)
        let stored = try #require(again.checkpoint(under: Witness.directoryName(NoteTests.origin)))
        let note = try SignedNote(parsing: stored)
        #expect(try cast.policy.verify(note).size == 3)
        #expect(again.checkpoint(under: Witness.directoryName("example.org/other")) == nil)
        #expect(again.checkpoint(under: "..") == nil)
    }

    private func time(_ witness: Witness, _ request: AddCheckpoint) throws -> Seconds? {
        let reply = try witness.addCheckpoint(request.encoded)
        guard reply.status == 200 else { return nil }
        return Cosignature.time(
            of: try NoteSignature(parsing: reply.body.dropLast()), by: witness.key, over: request.note.text)
    }

    @Test("A witness never signs below its last time: a little below it waits there, further below it refuses")
    func clockSetBack() throws {
        let noon = clock.now
        let first = try witness()
        #expect(try time(first, request(0, 1)) == Seconds(noon))
        clock.set(noon - 120_000)
        #expect(try time(first, request(1, 1)) == Seconds(noon))
        #expect(try time(first, request(1, 2)) == Seconds(noon))
        clock.set(noon - 121_000)
        #expect(try status(first, request(2, 3)) == 503)
        // After a restart, too.
        let again = try witness()
        #expect(try status(again, request(2, 3)) == 503)
        again.trust([cast.ledgerKey], for: NoteTests.origin, tolerance: 121_000)
        #expect(try time(again, request(2, 3)) == Seconds(noon))
        clock.set(noon + 5_000)
        #expect(try time(again, request(3, 3)) == Seconds(noon + 5_000))
    }

    @Test("A witness whose clock ran to the end of time signs no more, and does not die", arguments: [0, 1_000])
    func endOfTime(later: Milliseconds) throws {
        clock.set(.max - later)
        let witness = try witness()
        let last = try #require(try time(witness, request(0, 1)))
        #expect(last == Seconds(.max - later))
        clock.set(1)
        #expect(try status(witness, request(1, 2)) == 503)
    }

    @Test("A witness that sees entries signs only what is found timely, and looks only when the log asks")
    func timely() async throws {
        let witness = try witness()
        let looks = Counter()
        func status(_ request: AddCheckpoint, isTimely: Bool) async throws -> Int {
            try await witness.addCheckpoint(request.encoded) { _ in
                looks.add()
                return isTimely
            }.status
        }
        #expect(try await status(request(0, 1), isTimely: false) == 503)
        #expect(witness.checkpoint(under: Witness.directoryName(NoteTests.origin)) == nil)
        #expect(try await status(request(0, 1), isTimely: true) == 200)
        #expect(looks.count == 2)
        #expect(try await status(request(0, 2), isTimely: true) == 409)
        let stranger = AddCheckpoint(
            oldSize: 1, proof: [], note: try SignedNote(text: request(1, 1).note.text, signatures: []))
        #expect(try await status(stranger, isTimely: true) == 400)
        #expect(try await status(request(1, 3, proof: []), isTimely: true) == 422)
        #expect(looks.count == 2)
    }

    @Test("A store of another witness, or a damaged one, is refused")
    func wrongStore() throws {
        #expect(try status(witness(), request(0, 3)) == 200)
        #expect(throws: Witness.WitnessError.corrupt(origin: NoteTests.origin)) {
            try Witness(
                key: cast.ledger, logs: [NoteTests.origin: [cast.ledgerKey]], directory: "witness", files: disk,
                now: clock.read)
        }
    }

    /// Whatever happens at any operation of the disk, two cosignatures never contradict each other.
    @Test("Never two checkpoints that contradict each other, whatever the disk does", arguments: UInt64(0)..<3)
    func faults(seed: UInt64) throws {
        let limit = try operations()
        for number in 0..<limit {
            for fault in SimulatedDisk.Fault.all(at: number) {
                let disk = SimulatedDisk()
                var cosigned = 0
                for attempt in 0..<3 {
                    disk.start(attempt == 0 ? fault : nil)
                    guard
                        let witness = try? Witness(
                            key: cast.cosigners[0], logs: [NoteTests.origin: [cast.ledgerKey]], directory: "witness",
                            files: disk, now: clock.read)
                    else { continue }
                    for size in 1...3 {
                        // Ask for whatever the witness says it has, as a ledger does.
                        let probe = try? witness.addCheckpoint(try request(0, size).encoded)
                        guard let probe else { break }
                        var old = 0
                        if probe.status == 409 {
                            old = try #require(Decimal.parse(probe.body.dropLast()).map { Int(clamping: $0) })
                            #expect(old >= cosigned, "\(fault), seed \(seed): gone back")
                            guard old <= size, let reply = try? witness.addCheckpoint(try request(old, size).encoded)
                            else { continue }
                            #expect(reply.status == 200)
                        }
                        cosigned = max(cosigned, size)
                    }
                    disk.cutPower(seed: seed &* 1_000 &+ UInt64(number))
                }
                #expect(cosigned == 3, "\(fault), seed \(seed): never recovered")
            }
        }
    }

    /// How many operations of the disk the run without a fault takes.
    private func operations() throws -> Int {
        disk.start()
        let witness = try witness()
        for size in 1...3 { #expect(try status(witness, request(size - 1, size)) == 200) }
        return disk.operations
    }
}

extension SimulatedDisk.Fault {
    /// Every fault that one operation can have.
    static func all(at number: Int) -> [SimulatedDisk.Fault] {
        [
            .kill(before: number), .killAfter(number), .error(at: number, code: 5), .lateError(at: number, code: 28),
        ]
    }
}

/// Counts calls.
private final class Counter: Sendable {
    private let number = Mutex(0)
    var count: Int { number.withLock(\.self) }
    func add() { number.withLock { $0 += 1 } }
}
