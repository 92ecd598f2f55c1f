import CofferTestKit
import Rules
import Sealing
import Testing

/// A state keeps what a rule can still ask for, and says the same as one that keeps everything.
@Suite struct ForgettingTests {
    /// Sixty days of releases, one a day, each also sent again a day and a week later; grants end on the way.
    @Test func forgettingChangesNoVerdict() throws {
        var scenario = Scenario()
        let purpose = scenario.purpose(ends: scenario.now + 365 * millisecondsPerDay)
        scenario.submit(purpose, by: Scenario.reviewers)
        var needed = State(origin: Scenario.origin, charterHash: scenario.charter.hash, retention: .needed)
        var released: [Bytes] = []
        var most = (identities: 0, releases: 0)
        var applied = 0
        for day in 0..<60 {
            scenario.now += millisecondsPerDay
            let person = "person \(day)"
            scenario.submit(scenario.enrol([person]), by: ["desk"])
            let consent = scenario.consent(person, to: purpose.hash)
            scenario.submit(consent, by: [person])
            let grant = scenario.grant(purpose.hash, expires: scenario.now + 3 * millisecondsPerDay)
            scenario.submit(grant, by: ["job"] + Scenario.reviewers)
            scenario.now += scenario.terms.minimumNotice
            let release = Scenario.note(
                try scenario.release(grant.hash, [consent.hash: [Scenario.page(1)]]), by: ["job"])
            #expect(scenario.append(release).isAccepted)
            #expect(scenario.append(release).rule == "duplicate")
            for age in [1, 7] where released.count >= age {
                #expect(scenario.append(released[released.count - age]).rule == "until.past")
            }
            released.append(release)
            scenario.submit(scenario.revoke(person), by: [person])
            while applied < scenario.entries.count {
                #expect(needed.apply(scenario.entries[applied]) == scenario.verdicts[applied])
                applied += 1
            }
            most.identities = max(most.identities, needed.accepted.starting.values.reduce(0) { $0 + $1.count })
            most.releases = max(most.releases, needed.releases.count)
        }
        #expect(needed.digest == scenario.state.digest)
        #expect(scenario.state.releases.count == 60)
        #expect(most.releases <= 5 && needed.releases.count > 0, "those of grants that live, and today's")
        #expect(most.identities <= 8, "those of the day, and no more")
        #expect(needed.accepted.stopping.count == 60, "stopping statements are final")
    }

    /// Within its grant's life a release is answered by either state, and after it by neither.
    @Test func whatIsForgottenIsRefused() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let ann = try #require(programme.consents["ann"])
        let release = try scenario.release(programme.grant, [ann: [Scenario.page(1)]])
        scenario.submit(release, by: ["job"])
        var needed = State(origin: Scenario.origin, charterHash: scenario.charter.hash, retention: .needed)
        for entry in scenario.entries { needed.apply(entry) }
        let grant = try #require(scenario.state.grants[programme.grant]?.grant)
        let claim = PageClaim(kind: "keys", app: "code", day: grant.from)
        func rule(_ state: State, at time: Milliseconds) -> String? {
            do throws(Refusal) {
                _ = try state.judge(release: release.hash, position: 0, claim: claim, now: time)
                return nil
            } catch { return error.rule }
        }
        let soon = scenario.now + 1
        #expect(rule(needed, at: soon) == rule(scenario.state, at: soon))
        #expect(needed.releases[release.hash] != nil)
        let late = Entry(stamp: grant.expires + millisecondsPerDay, note: Bytes("x".utf8))
        needed.apply(late)
        var everything = scenario.state
        everything.apply(late)
        #expect(rule(needed, at: late.stamp) == "release")
        #expect(rule(everything, at: late.stamp) != nil)
        #expect(everything.digest == needed.digest)
    }
}
