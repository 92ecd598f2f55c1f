import CofferTestKit
import Rules
import Sealing
import Testing

/// A release is judged by the text that was accepted, and by no other that a disk may hold in its place.
@Suite("Releases read from their entries")
struct VerifiedReleaseTests {
    /// Two releases in the log, and a state that retains what is needed.
    private struct Logged {
        var scenario = Scenario()
        let programme: Scenario.Programme
        let pages: [PageID]
        let first: Release
        let second: Release
        var needed: LedgerState

        init() throws {
            programme = scenario.programme()
            pages = [Scenario.page(1), Scenario.page(2)].sorted()
            let ann = try #require(programme.consents["ann"])
            first = try scenario.release(programme.grant, [ann: pages])
            second = try scenario.release(programme.grant, [ann: pages])
            for release in [first, second] { #expect(scenario.submit(release, by: ["job"]).isAccepted) }
            needed = LedgerState(origin: Scenario.origin, charterHash: scenario.charter.hash, retention: .needed)
            for entry in scenario.entries { needed.apply(entry) }
        }

        func entry(_ release: Release) throws -> Bytes {
            let index = try #require(needed.acceptedReleases[release.hash]?.mark.index)
            return scenario.entries[Int(index)].encoded
        }

        func rule(_ release: VerifiedRelease, in state: LedgerState) -> String? {
            var judge = state.judge(of: release, now: scenario.now)
            do throws(Refusal) {
                _ = try judge.page(at: 0, PageClaim(kind: "keys", app: "code", day: Day(of: scenario.now) - 1))
                return nil
            } catch { return error.rule }
        }
    }

    @Test("A release is read from its own entry")
    func itsOwnEntryIsItsBody() throws {
        let logged = try Logged()
        let read = try #require(logged.needed.release(logged.first.hash, in: try logged.entry(logged.first)))
        #expect(read.hash == logged.first.hash && read.release == logged.first)
        #expect(logged.rule(read, in: logged.needed) == nil)
        // A state that retains everything has it without the entry; the other one has not.
        #expect(logged.scenario.state.release(logged.first.hash)?.release == logged.first)
        #expect(logged.needed.release(logged.first.hash) == nil)
        let accepted = try #require(logged.needed.acceptedReleases[logged.first.hash])
        #expect(accepted == logged.scenario.state.acceptedReleases[logged.first.hash])
        #expect(accepted.grant == logged.programme.grant)
    }

    @Test("A release is not read from another entry")
    func anotherEntryIsNone() throws {
        let logged = try Logged()
        let hash = logged.first.hash
        for (index, entry) in logged.scenario.entries.enumerated() {
            let isIts = logged.needed.acceptedReleases[hash]?.mark.index == UInt64(index)
            #expect((logged.needed.release(hash, in: entry.encoded) != nil) == isIts)
        }
        // The same release to the recipient of somebody's choice, signed by the job, but never accepted.
        let other = Release(
            heading: logged.first.heading, grant: logged.first.grant,
            recipient: try Scenario.sealingKey("mallory").publicKey, consents: logged.first.consents)
        let entry = Entry(stamp: logged.scenario.now, note: Scenario.note(other, by: ["job"])).encoded
        #expect(logged.needed.release(hash, in: entry) == nil)
        #expect(logged.needed.release(other.hash, in: entry) == nil)
        #expect(logged.needed.release(Hash256(of: [9]), in: try logged.entry(logged.first)) == nil)
    }

    @Test("A damaged entry gives no other release")
    func noDamagedEntryGivesAnotherBody() throws {
        let logged = try Logged()
        let entry = try logged.entry(logged.first)
        let text = logged.first.text.count + 8
        for count in 0..<entry.count {
            let read = logged.needed.release(logged.first.hash, in: Array(entry.prefix(count)))
            #expect(read == nil, "cut to \(count)")
        }
        #expect(logged.needed.release(logged.first.hash, in: entry + [0]) == nil)
        for place in 0..<entry.count {
            var bad = entry
            bad[place] ^= 1
            let read = logged.needed.release(logged.first.hash, in: bad)
            // The stamp and the signatures are no part of the statement: `apply` has looked at them.
            if (8..<text).contains(place) { #expect(read == nil, "byte \(place)") }
            if let read { #expect(read.release == logged.first, "byte \(place)") }
        }
    }

    /// One that was read earlier, or at another state, allows nothing by itself.
    @Test("The judging state must have accepted the release")
    func theJudgingStateMustHaveAcceptedIt() throws {
        let logged = try Logged()
        let read = try #require(logged.needed.release(logged.second.hash, in: try logged.entry(logged.second)))
        var before = LedgerState(origin: Scenario.origin, charterHash: logged.scenario.charter.hash, retention: .needed)
        for entry in logged.scenario.entries.dropLast() { before.apply(entry) }
        #expect(logged.rule(read, in: before) == "release")
        #expect(logged.rule(read, in: logged.needed) == nil)
        var after = logged.needed
        let expired = Scenario.noon + 21 * millisecondsPerDay
        after.apply(Entry(stamp: expired, note: Bytes("x".utf8)))
        #expect(after.acceptedReleases[read.hash] == nil && after.acceptedReleases.count == 0)
        var judge = after.judge(of: read, now: expired)
        #expect(throws: Refusal("release", "")) {
            try judge.page(at: 0, PageClaim(kind: "keys", app: "code", day: 0))
        }
    }
}
