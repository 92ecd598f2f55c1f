import CofferTestKit
import Rules
import Sealing
import Testing

/// A state keeps what a rule can still ask for, and says the same as one that keeps everything.
@Suite("Forgetting")
struct ForgettingTests {
    /// Sixty days of releases, one a day, each also sent again a day and a week later; grants end on the way.
    @Test("Forgetting does not change a verdict")
    func forgettingChangesNoVerdict() throws {
        var scenario = Scenario()
        let purpose = scenario.purpose(ends: scenario.now + 365 * millisecondsPerDay)
        scenario.submit(purpose, by: Scenario.reviewers)
        var needed = LedgerState(origin: Scenario.origin, charterHash: scenario.charter.hash, retention: .needed)
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
            most.releases = max(most.releases, needed.acceptedReleases.count)
        }
        #expect(needed.digest == scenario.state.digest)
        #expect(scenario.state.releases.count == 60)
        #expect(most.releases <= 5 && needed.acceptedReleases.count > 0, "those of grants that live, and today's")
        #expect(most.identities <= 6, "those of the day, and no more")
        #expect(needed.accepted.stopping.count == 60, "stopping statements are final")
    }

    /// A release's identity is remembered with it, so that it outlives the grant by as long as the release's `until`
    /// may.
    @Test("A release of the last moment is a duplicate after midnight")
    func aReleaseOfTheLastMomentIsADuplicateAfterMidnight() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let midnight = (Day(of: scenario.now) + 1).start
        let grant = scenario.grant(programme.purpose, expires: midnight - 1)
        #expect(scenario.submit(grant, by: ["job"] + Scenario.reviewers).isAccepted)
        scenario.now = midnight - 2
        let ann = try #require(programme.consents["ann"])
        let statement = try scenario.release(grant.hash, [ann: [Scenario.page(1)]])
        let release = Scenario.note(statement, by: ["job"])
        #expect(scenario.append(release).isAccepted)
        scenario.now = midnight
        #expect(scenario.append(release).rule == "duplicate")
        let until = try #require(statement.heading.until)
        scenario.now = until
        #expect(scenario.append(release).rule == "duplicate")
        scenario.now = until + 1
        #expect(scenario.append(release).rule == "until.past")
        var needed = LedgerState(origin: Scenario.origin, charterHash: scenario.charter.hash, retention: .needed)
        for (entry, verdict) in zip(scenario.entries, scenario.verdicts) {
            #expect(needed.apply(entry) == verdict)
            needed = try SnapshotTests.decoded(SnapshotTests.bytes(needed))
        }
        #expect(needed.index(of: statement.hash) == scenario.state.index(of: statement.hash))
        needed.apply(Entry(stamp: midnight + millisecondsPerDay, note: Bytes("x".utf8)))
        #expect(needed.index(of: statement.hash) == nil, "nothing is remembered for ever but stops")
    }

    /// Within its grant's life a release is answered by either state, and after it by neither.
    @Test("Statements whose identity is forgotten are refused")
    func whatIsForgottenIsRefused() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let ann = try #require(programme.consents["ann"])
        let release = try scenario.release(programme.grant, [ann: [Scenario.page(1)]])
        scenario.submit(release, by: ["job"])
        var needed = LedgerState(origin: Scenario.origin, charterHash: scenario.charter.hash, retention: .needed)
        for entry in scenario.entries { needed.apply(entry) }
        let grant = try #require(scenario.state.grants[programme.grant]?.grant)
        let claim = PageClaim(kind: "keys", app: "code", day: grant.from)
        let index = try #require(needed.acceptedReleases[release.hash]?.mark.index)
        let read = try #require(needed.release(release.hash, in: scenario.entries[Int(index)].encoded))
        func rule(_ state: LedgerState, at time: Milliseconds) -> String? {
            var judge = state.judge(of: read, now: time)
            do throws(Refusal) {
                _ = try judge.page(at: 0, claim)
                return nil
            } catch { return error.rule }
        }
        let soon = scenario.now + 1
        #expect(rule(needed, at: soon) == nil && rule(scenario.state, at: soon) == nil)
        let late = Entry(stamp: grant.expires + millisecondsPerDay, note: Bytes("x".utf8))
        needed.apply(late)
        var everything = scenario.state
        everything.apply(late)
        #expect(rule(needed, at: late.stamp) == "release")
        #expect(rule(everything, at: late.stamp) == "grant")
        #expect(everything.digest == needed.digest)
    }

    /// Over a log with everything in it: the same verdicts, and of every release the same judgements, as long as its
    /// grant lives, also by a state that was written and read back.
    @Test("Every retention judges the same")
    func whatIsRetainedJudgesTheSame() async throws {
        let generator = SeededGenerator()
        var random = generator
        var entries: [Bytes] = []
        try await LargeLog(count: 260, seed: generator.seed).entries { entries += $0 }
        var everything = LedgerState(origin: LargeLog.origin, charterHash: LargeLog.charter.hash)
        var needed = LedgerState(origin: LargeLog.origin, charterHash: LargeLog.charter.hash, retention: .needed)
        var (answered, refused) = (0, 0)
        for bytes in entries {
            let entry = try Entry(parsing: bytes)
            #expect(everything.apply(entry) == needed.apply(entry), "\(generator) entry \(needed.size)")
            guard Int.random(in: 0..<24, using: &random) == 0 || needed.size == entries.count else { continue }
            if Bool.random(using: &random) { needed = try SnapshotTests.decoded(SnapshotTests.bytes(needed)) }
            #expect(everything.digest == needed.digest, "\(generator) entry \(needed.size)")
            #expect(everything.acceptedReleases.count == needed.acceptedReleases.count, "\(generator)")
            for (hash, record) in everything.releases {
                let accepted = try #require(needed.acceptedReleases[hash])
                #expect(accepted == everything.acceptedReleases[hash])
                let whole = try #require(everything.release(hash))
                let read = try #require(needed.release(hash, in: entries[Int(accepted.mark.index)]))
                let later: [Milliseconds] = [0, 3_600_000, 25 * millisecondsPerDay]
                let now = everything.clock + later[Int.random(in: 0..<3, using: &random)]
                var judges = (everything.judge(of: whole, now: now), needed.judge(of: read, now: now))
                for position in 0...record.release.count {
                    let id = record.release.position(position)?.id
                    let day = Day(of: record.mark.time) - Day.random(in: 0...4, using: &random)
                    let claim =
                        id?.monday.map { PageClaim(kind: "index", app: "", day: $0) }
                        ?? PageClaim(kind: "keys", app: "code", day: day)
                    let one = Result { () throws(Refusal) in try judges.0.page(at: position, claim) }
                    let two = Result { () throws(Refusal) in try judges.1.page(at: position, claim) }
                    #expect(one == two, "\(generator) entry \(needed.size)")
                    if case .success = one { answered += 1 } else { refused += 1 }
                }
            }
        }
        #expect(answered > 10 && refused > 10, "\(generator)")
    }
}
