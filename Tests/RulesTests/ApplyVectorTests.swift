import CofferTestKit
import Rules
import Sealing
import Testing

/// Tests/Vectors/apply.json, made by the independent reader's `apply`, and apply-attempts.json, which the reader
/// checks: ours must come to the same verdicts.
@Suite("Vectors of the rules")
struct ApplyVectorTests {
    struct Case: Codable {
        struct Logged: Codable {
            let stamp: Milliseconds
            let note: String
        }

        let description: String
        let origin: String
        let charter: HexBytes
        let entries: [Logged]
        /// `accepted`, or the rule that refused.
        let verdicts: [String]
    }

    @Test("Every verdict is that of the vectors")
    func everyVerdictIsTheVectors() throws {
        let vectors = try VectorFile<Case>.read("apply.json").cases + VectorFile<Case>.read("apply-attempts.json").cases
        var rules: Set<String> = []
        for vector in vectors {
            #expect(vector.entries.count == vector.verdicts.count)
            var state = LedgerState(origin: vector.origin, charterHash: try Hash256(vector.charter.bytes))
            for (index, (logged, expected)) in zip(vector.entries, vector.verdicts).enumerated() {
                let verdict = state.apply(Entry(stamp: logged.stamp, note: Array(logged.note.utf8)))
                #expect(verdict.rule ?? "accepted" == expected, "\(vector.description), entry \(index)")
                rules.insert(expected)
            }
            #expect(state.size == UInt64(vector.entries.count))
        }
        // Every rule that `apply` knows is broken somewhere in them.
        #expect(rules.count >= 50)
    }
}
