import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@Suite("The history of heads")
struct HeadHistoryTests {
    /// Anyone on the path can add a line.
    @Test("A line by nobody with the greatest time there is ends nothing, and is not kept")
    func unverifiedTime() throws {
        let directory = NSTemporaryDirectory() + "coffer-heads-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let scenario = Scenario()
        let clean = try scenario.checkpoint(at: scenario.now)
        var note = clean
        note.add(NoteSignature(name: "x", keyID: 1, signature: Bytes(repeating: 0xff, count: 8 + Signature.count)))
        let policy = try #require(scenario.terms.checkpointPolicy(origin: Scenario.origin))
        let checkpoint = try policy.verify(note)
        let history = CheckpointHistory(beside: directory)
        for _ in 0..<2 { try history.add(checkpoint) }
        #expect(try history.all() == [clean])
    }

    @Test("A witness that signs the last time there is does not end the history", arguments: [1, 2])
    func endlessTime(liars: Int) throws {
        let home = try TemporaryDirectory()
        let scenario = Scenario()
        let policy = try #require(scenario.terms.checkpointPolicy(origin: Scenario.origin))
        let history = CheckpointHistory(beside: home.path)
        let liars = scenario.cosignerNames.suffix(liars)
        // Beginning at noon: a day has a file of its own.
        let noon = Milliseconds(rawValue: scenario.now.rawValue / 86_400_000 * 86_400_000 + 43_200_000)
        let honest = scenario.cosignerNames.filter { !liars.contains($0) }
        for later in [0, 180_000, 660_000, 900_000, 1_320_000] as [Milliseconds] {
            let time = noon + later
            var note = try scenario.checkpoint(at: time, cosigners: honest)
            for name in liars {
                let cosigner = NoteKey(cosigner: Scenario.publicKey(name))
                note.add(
                    Cosignature.make(
                        note.text, by: cosigner, with: Scenario.key(name), time: Cosignature.maximumTime))
            }
            try history.add(try policy.verify(note))
        }
        #expect(try history.all().count == 3)
    }
}
