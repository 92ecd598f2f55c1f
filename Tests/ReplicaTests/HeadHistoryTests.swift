import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@Suite("The history of heads")
struct HeadHistoryTests {
    /// Anyone on the path can add a line, and its time is read before anybody can verify it.
    @Test("A line by nobody with the greatest time there is ends nothing")
    func unverifiedTime() throws {
        let directory = NSTemporaryDirectory() + "coffer-heads-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let scenario = Scenario()
        var note = try scenario.checkpoint(at: scenario.now)
        note.add(NoteSignature(name: "x", keyID: 1, signature: Bytes(repeating: 0xff, count: 8 + Signature.count)))
        let policy = try #require(scenario.terms.checkpointPolicy(origin: Scenario.origin))
        let checkpoint = try policy.verify(note)
        let history = CheckpointHistory(beside: directory)
        for _ in 0..<2 { try history.add(checkpoint) }
        #expect(try history.all() == [note])
    }
}
