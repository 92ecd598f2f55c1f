import CofferTestKit
import FoundationEssentials
import Sealing
import Testing

@testable import Ledger

/// What parses re-encodes to the same bytes, whatever the bytes.
@Suite("Malleability")
struct MalleabilityTests {
    /// Encodes again what a parser took; nil when it refused.
    struct Format: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let seeds: @Sendable () throws -> [Bytes]
        let again: @Sendable (Bytes) -> Bytes?
    }

    static let formats = [
        Format(testDescription: "note", seeds: { [try ProofTests.proof().0.note.encoded] }) {
            (try? SignedNote(parsing: $0))?.encoded
        },
        Format(testDescription: "head", seeds: { [try ProofTests.proof().0.note.text] }) {
            (try? Checkpoint(parsing: $0))?.text
        },
        Format(testDescription: "proof", seeds: { [try ProofTests.proof(extra: [1]).0.encoded] }) {
            (try? TlogProof(parsing: $0))?.encoded
        },
        Format(
            testDescription: "add-checkpoint",
            seeds: {
                let proof = try ProofTests.proof().0
                return [AddCheckpoint(oldSize: 10, proof: proof.hashes, note: proof.note).encoded]
            }
        ) { (try? AddCheckpoint(parsing: $0))?.encoded },
        Format(testDescription: "bundle", seeds: { [EntryBundle.encode(records(3))] }) {
            (try? EntryBundle.parse($0, count: 3)).map { EntryBundle.encode($0) }
        },
        Format(testDescription: "staged batch", seeds: { [StagedBatch(oldSize: 7, entries: records(3)).encoded] }) {
            (try? StagedBatch(parsing: $0))?.encoded
        },
        Format(testDescription: "tile path", seeds: { [Array("tile/3/x001/x234/067.p/12".utf8)] }) {
            TilePath(parsing: String(decoding: $0, as: UTF8.self)).map { Array($0.path.utf8) }
        },
        Format(
            testDescription: "vkey",
            seeds: { [Array("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".utf8)] }
        ) { (try? NoteKey(vkey: String(decoding: $0, as: UTF8.self))).map { Array($0.vkey.utf8) } },
    ]

    /// `SLOW=1` goes deeper.
    static let rounds = ProcessInfo.processInfo.environment["SLOW"] == nil ? 1_500 : 200_000

    @Test("Mutated at random", arguments: formats)
    func mutated(format: Format) throws {
        var generator = SeededGenerator()
        for seed in try format.seeds() {
            #expect(format.again(seed) == seed)
            for _ in 0..<Self.rounds {
                var bytes = seed
                for _ in 0..<Int.random(in: 1...3, using: &generator) { mutate(&bytes, &generator) }
                if let again = format.again(bytes), String(validating: bytes, as: UTF8.self) != nil {
                    #expect(again == bytes, "\(generator)")
                }
            }
        }
    }

    private func mutate(_ bytes: inout Bytes, _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let i = Int.random(in: 0..<bytes.count, using: &generator)
        let interesting: [UInt8] = [0, 10, 13, 32, 43, 45, 46, 47, 48, 61, 65, 255]
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[i] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[i] = interesting.randomElement(using: &generator) ?? 0
        case 2: bytes.insert(interesting.randomElement(using: &generator) ?? 0, at: i)
        case 3: bytes.remove(at: i)
        case 4: bytes.insert(bytes[i], at: i)
        default: bytes.swapAt(i, bytes.count - 1)
        }
    }
}
