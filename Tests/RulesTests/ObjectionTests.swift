import CofferTestKit
import Rules
import Sealing
import Testing

/// What a statement would meet as the next entry, told before it is signed.
@Suite("Objections")
struct ObjectionTests {
    @Test("The objection told before the signatures is the verdict that comes with them")
    func theObjectionIsTheVerdict() throws {
        let vectors = try VectorFile<ApplyVectorTests.Case>.read("apply.json").cases
        var rules: Set<String> = []
        for vector in vectors {
            var state = LedgerState(origin: vector.origin, charterHash: try Hash256(vector.charter.bytes))
            for (index, logged) in vector.entries.enumerated() {
                let note = PreparedNote(Array(logged.note.utf8))
                let before = (state.size, state.clock, state.digest)
                let objection = note.content.map { state.objection(to: $0.statement, at: logged.stamp) }
                #expect((state.size, state.clock, state.digest) == before)
                let verdict = state.apply(note, stamp: logged.stamp)
                guard let objection, !["signature", "quorum"].contains(verdict.rule) else { continue }
                #expect(objection?.rule == verdict.rule, "\(vector.description), entry \(index)")
                rules.insert(verdict.rule ?? "accepted")
            }
        }
        #expect(rules.count > 30 && rules.contains("accepted"))
    }
}
