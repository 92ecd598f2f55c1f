import CofferTestKit
import Foundation
import Ledger
import Rules
import Sealing
import Testing

@testable import Replica

@Suite("Checkpoints from the future")
struct AheadTests {
    private let source = ServedLog()
    private let clock = ManualClock()
    private let store = MemoryLedger()

    private func follower(_ scenario: Scenario, now: (@Sendable () -> Milliseconds)?) -> Follower {
        Follower(
            pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""), store: store,
            sources: [source], evidence: EvidenceDirectory(path: NSTemporaryDirectory() + "coffer-no-evidence"),
            now: now)
    }

    private func error(_ follower: Follower) async -> CofferError? {
        do throws(CofferError) { _ = try await follower.follow() } catch { return error }
        return nil
    }

    private static let held = CofferError(.tryLater, "", rule: "clock")

    @Test("One is held off: neither followed nor stored, and its stops are known")
    func heldOff() async throws {
        var scenario = Scenario.withProgramme()
        clock.set(scenario.now)
        let follower = follower(scenario, now: clock.read)
        try source.serve(scenario)
        let known = try await follower.follow()
        scenario.now += 3_600_000
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        try source.serve(scenario, at: clock.now)
        #expect(await error(follower) == Self.held)
        #expect(await follower.followed?.checkpoint == known.checkpoint)
        #expect(try store.checkpoint() == known.checkpoint.note)
        let ahead = try #require(await follower.ahead)
        #expect(ahead.state.pseudonyms[Scenario.publicKey("ann")]?.revoked != nil)
        // An older checkpoint from another server does not make it forget.
        try source.serve(scenario, at: clock.now + 60_000, size: Int(known.checkpoint.size))
        #expect(await error(follower) == Self.held)
        // More stops under the same wrong clock.
        scenario.submit(scenario.revoke("bob"), by: ["bob"])
        try source.serve(scenario, at: clock.now)
        #expect(await error(follower) == Self.held)
        #expect(await follower.newest?.state.pseudonyms[Scenario.publicKey("bob")]?.revoked != nil)
        clock.advance(by: 3_600_000)
        #expect(try await follower.follow().checkpoint.size == UInt64(scenario.entries.count))
        #expect(await follower.ahead == nil)
    }

    @Test("A clock that was set back holds off what is stored, and one without a clock takes the log as it is")
    func setBack() async throws {
        var scenario = Scenario.withProgramme()
        clock.set(scenario.now)
        scenario.now += 3_600_000
        scenario.grow(by: 1)
        try source.serve(scenario)
        #expect(try await follower(scenario, now: nil).follow().state.clock == scenario.now)
        let again = follower(scenario, now: clock.read)
        #expect(try await again.replay() != nil)
        #expect(await error(again) == Self.held)
        #expect(await again.ahead != nil)
    }

    @Test("A cosigner finds stamps ahead, and nothing timely that it cannot read")
    func cosigner() async throws {
        var scenario = Scenario.withProgramme()
        clock.set(scenario.now)
        let terms = scenario.terms
        try source.serve(scenario)
        let follower = follower(scenario, now: clock.read)
        // Before it has followed anything, and the empty log.
        #expect(try await follower.isTimely(scenario.checkpoint(at: clock.now), by: terms))
        #expect(try await follower.isTimely(scenario.checkpoint(size: 0, at: clock.now), by: terms))
        _ = try await follower.follow()
        for (later, isTimely) in [(0, true), (120_000, true), (120_001, false), (.max, false)] as [(Milliseconds, Bool)]
        {
            var next = scenario
            next.now += later
            next.append(Bytes("x".utf8))
            // What the clock says afterwards does not hide a stamp.
            next.now = clock.now
            next.grow(by: 300)
            try source.serve(next)
            let note = try next.checkpoint(at: clock.now)
            #expect(await follower.isTimely(note, by: terms) == isTimely, "\(later)")
            source.change { $0[8][9] ^= 1 }
            #expect(await !follower.isTimely(note, by: terms))
        }
        // Entries that nobody serves, too many of them, and another log.
        scenario.grow(by: 1)
        source.isDown = true
        #expect(try await !follower.isTimely(scenario.checkpoint(at: clock.now), by: terms))
        source.isDown = false
        let far = Checkpoint(origin: Scenario.origin, size: 131_072, root: Hash256(of: []))
        #expect(try await !follower.isTimely(SignedNote(text: far.text, signatures: []), by: terms))
        let other = Checkpoint(origin: "elsewhere", size: 1, root: Hash256(of: []))
        #expect(try await !follower.isTimely(SignedNote(text: other.text, signatures: []), by: terms))
        // A clock that was set back far below what it has followed.
        clock.set(scenario.now - 7_200_000)
        #expect(try await !follower.isTimely(scenario.checkpoint(size: 3, at: clock.now), by: terms))
    }

    @Test("The certain time is the earlier of two clocks, and fewer than a quorum do not advance it")
    func certainTime() async throws {
        let scenario = Scenario()
        let count = scenario.cosignerNames.count
        let quorum = count / 2 + 1
        func time(ahead liars: Int) throws -> Milliseconds {
            var note = try scenario.checkpoint(at: clock.now, cosigners: Array(scenario.cosignerNames.dropFirst(liars)))
            for name in scenario.cosignerNames.prefix(liars) {
                let key = Scenario.key(name)
                note.add(
                    Cosignature.make(
                        note.text, by: NoteKey(cosigner: key.publicKey), with: key, time: Cosignature.maximumTime))
            }
            let policy = try #require(scenario.terms.checkpointPolicy(origin: Scenario.origin))
            let followed = Followed(state: scenario.state, checkpoint: try policy.verify(note))
            #expect(followed.certainTime(now: clock.now - 5_000) == clock.now - 5_000)
            return followed.certainTime(now: .max)
        }
        #expect(try time(ahead: 0) == clock.now)
        #expect(try time(ahead: quorum - 1) == clock.now)
        #expect(try time(ahead: quorum) > clock.now)
    }
}
