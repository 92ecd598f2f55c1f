import CofferTestKit
import Ledger
import Rules
import Sealing
import Testing

/// What is prepared elsewhere, on whatever core, is judged as `apply(entry)` judges it.
@Suite("Prepared notes")
struct PreparedNoteTests {
    /// Every attempt of the rules' tests, and spoiled copies of its last note: signatures changed, lines doubled,
    /// added, of another name or key ID.
    @Test(
        "A prepared note gives the same verdict",
        arguments: HeadingTests.cases + PeopleTests.cases + ReleaseTests.releases + AmendTests.cases)
    func verdictsAreTheSame(_ attempt: RefusalCase) throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        _ = try attempt.attempt(&scenario, programme)
        var spoiled = scenario.entries
        if let last = scenario.entries.last {
            for note in Self.spoiled(last.note) { spoiled.append(Entry(stamp: last.stamp, note: note)) }
        }
        var plain = LedgerState(origin: Scenario.origin, charterHash: scenario.charter.hash)
        var prepared = plain
        for entry in spoiled {
            let verdict = plain.apply(entry)
            #expect(prepared.apply(PreparedNote(entry.note), stamp: entry.stamp) == verdict)
        }
        #expect(plain.digest == prepared.digest && plain.clock == prepared.clock && plain.size == prepared.size)
    }

    private static func spoiled(_ bytes: Bytes) -> [Bytes] {
        guard let note = try? SignedNote(parsing: bytes), let line = note.signatures.first else { return [] }
        var signature = line.signature
        signature[signature.count - 1] ^= 1
        let lines = [
            NoteSignature(name: line.name, keyID: line.keyID, signature: signature),
            NoteSignature(name: line.name, keyID: line.keyID ^ 1, signature: line.signature),
            NoteSignature(name: "witness", keyID: line.keyID, signature: line.signature),
            NoteSignature(name: line.name, keyID: line.keyID, signature: Array(line.signature.dropLast())),
        ]
        let others = Array(note.signatures.dropFirst())
        let sets = lines.map { [$0] + others } + lines.map { note.signatures + [$0] } + [note.signatures + [line], []]
        return sets.map { note.text + [10] + $0.flatMap(\.encoded) }
    }
}
