import CofferTestKit
import Foundation
import Sealing
import Testing

@testable import Rules

/// One judge of a whole release says of each position what the rules say of it alone, one after the other.
@Suite("Judging the positions of a release")
struct ReleaseJudgeTests {
    static let rounds = ProcessInfo.processInfo.environment["SLOW"] == nil ? 100 : 20_000
    private static let people = ["ann", "bob", "cy", "dora"]

    /// A release of weeks and pages under four consents, in a log that anything may have happened to since.
    private struct World {
        var scenario = Scenario()
        let programme: Scenario.Programme
        let release: Release
        /// The state up to the release, with what is needed retained.
        private(set) var needed: LedgerState
        var stops = DirectStops()
        var now: Milliseconds

        init() throws {
            programme = scenario.programme(people)
            let week = PageID.week(Day(of: Scenario.noon).monday)
            var ids: [Hash256: [PageID]] = [:]
            for (number, name) in people.enumerated() {
                let pages = (0...(number * 2)).map { Scenario.page(number * 100 + $0) }
                ids[try #require(programme.consents[name])] = number == 1 ? pages : [week] + pages
            }
            release = try scenario.release(programme.grant, ids)
            #expect(scenario.submit(release, by: ["job"]).isAccepted)
            needed = LedgerState(origin: Scenario.origin, charterHash: scenario.charter.hash, retention: .needed)
            for entry in scenario.entries { needed.apply(entry) }
            now = scenario.now
        }

        mutating func happen(_ random: inout SeededGenerator) {
            for _ in 0..<Int.random(in: 0...3, using: &random) { step(&random) }
            let moves: [Milliseconds] = [0, 0, 0, 1, Scenario.hour, 20 * millisecondsPerDay, 31 * millisecondsPerDay]
            now += moves.randomElement(using: &random) ?? 0
            if Int.random(in: 0..<12, using: &random) == 0 { now = scenario.now - 121_000 }
        }

        private mutating func step(_ random: inout SeededGenerator) {
            let name = people.randomElement(using: &random) ?? "ann"
            guard let consent = programme.consents[name] else { return }
            let part = release.consents.first { $0.consent == consent }
            let ids = (part?.ids ?? []).filter { _ in Bool.random(using: &random) }
            switch Int.random(in: 0..<11, using: &random) {
            case 0: scenario.submit(scenario.revoke(name), by: [name])
            case 1: stops.revoked.insert(Scenario.publicKey(name))
            case 2: scenario.submit(scenario.dismiss([name]), by: ["desk"])
            case 3, 4: scenario.submit(scenario.erase(name, under: consent, ids), by: [name])
            case 5, 6:
                let key = ErasedKey(pseudonym: Scenario.publicKey(name), consent: consent)
                stops.erasures[key, default: []].formUnion(ids)
            case 7: scenario.submit(scenario.halt(), by: ["security"])
            case 8:
                let halts = scenario.halted()
                scenario.submit(scenario.resume(halts), by: Scenario.reviewers)
                if Bool.random(using: &random) { stops.halts = Set(halts) }
            case 9: scenario.submit(scenario.withdraw(programme.purpose), by: Scenario.reviewers)
            default: stops.halts.insert(Halt(origin: Scenario.origin).hash)
            }
        }

        func claim(_ position: Int, _ random: inout SeededGenerator) -> PageClaim {
            let today = Day(of: Scenario.noon)
            func mostly<T>(_ usual: T, _ others: [T]) -> T {
                Int.random(in: 0..<10, using: &random) > 0 ? usual : others.randomElement(using: &random) ?? usual
            }
            if mostly(release.position(position)?.id.monday != nil, [true, false]) {
                return PageClaim(
                    kind: mostly("index", ["keys", ""]), app: mostly("", ["code"]),
                    day: mostly(today.monday, [today.monday + 7, today, 0]))
            }
            return PageClaim(
                kind: mostly("keys", ["screen", "prompt", "Keys", "index"]), app: mostly("code", ["mail", "", "CODE"]),
                day: mostly(today - 1, [today - 10, today - 11, today, 0, .max]))
        }
    }

    private typealias Answer = Result<JudgedPage, Refusal>

    private func answer(_ body: () throws(Refusal) -> JudgedPage) -> Answer {
        do throws(Refusal) { return .success(try body()) } catch { return .failure(error) }
    }

    @Test("Each position is judged as if alone")
    func eachPositionIsJudgedAsIfAlone() throws {
        var random = SeededGenerator()
        let start = try World()
        var (rules, answered): (Set<String>, Int) = ([], 0)
        for _ in 0..<Self.rounds {
            var world = start
            world.happen(&random)
            let state = world.scenario.state
            var needed = start.needed
            for entry in world.scenario.entries.dropFirst(start.scenario.entries.count) { needed.apply(entry) }
            let hash = world.release.hash
            let index = Int(try #require(state.acceptedReleases[hash]?.mark.index))
            let whole = try #require(state.release(hash))
            let read = try #require(needed.release(hash, in: world.scenario.entries[index].encoded))
            let claims = (-1...(world.release.count + 1)).map { ($0, world.claim($0, &random)) }
            let alone = claims.map { position, claim in
                answer { () throws(Refusal) in
                    try state.plainJudgement(
                        release: hash, position: position, claim: claim, now: world.now, stops: world.stops)
                }
            }
            // Ascending, as an ask has them, some left out; and in no order at all.
            let some = claims.indices.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
            for places in [some, claims.indices.shuffled(using: &random)] {
                var judge = state.judge(of: whole, now: world.now, stops: world.stops)
                var other = needed.judge(of: read, now: world.now, stops: world.stops)
                for place in places {
                    let (position, claim) = claims[place]
                    let one = answer { () throws(Refusal) in try judge.page(at: position, claim) }
                    let two = answer { () throws(Refusal) in try other.page(at: position, claim) }
                    #expect(one == alone[place], "\(random) position \(position)")
                    #expect(two == one, "\(random) position \(position), what is needed retained")
                }
            }
            for case .failure(let refusal) in alone { rules.insert(refusal.rule) }
            answered += alone.count { (try? $0.get()) != nil }
        }
        #expect(answered > Self.rounds, "\(random)")
        let all: Set = [
            "clock", "consent.expired", "dismissed", "grant", "halted", "page.app", "page.day", "page.erased",
            "page.kind", "position", "purpose", "revoked",
        ]
        #expect(rules.isSuperset(of: all), "\(random) \(all.subtracting(rules))")
    }

    /// What both name first is what comes first in the order of the page Statements.
    @Test("The first rule that is broken is named")
    func theFirstRuleBrokenIsNamed() throws {
        var world = try World()
        let hash = world.release.hash
        let ann = try #require(world.programme.consents["ann"])
        let part = try #require(world.release.consents.firstIndex { $0.consent == ann })
        let at = world.release.consents[..<part].reduce(0) { $0 + $1.ids.count } + 1
        let bad = PageClaim(kind: "prompt", app: "mail", day: .max)
        func rule() throws -> String? {
            let release = try #require(world.scenario.state.release(hash))
            var judge = world.scenario.state.judge(of: release, now: world.now, stops: world.stops)
            _ = try? judge.page(at: 0, bad)
            do throws(Refusal) {
                _ = try judge.page(at: at, bad)
                return nil
            } catch { return error.rule }
        }
        #expect(try rule() == "page.kind")
        let key = ErasedKey(pseudonym: Scenario.publicKey("ann"), consent: ann)
        world.stops.erasures[key] = Set(world.release.consents[part].ids)
        #expect(try rule() == "page.erased")
        world.now += 20 * millisecondsPerDay
        #expect(try rule() == "grant")
        world.scenario.submit(world.scenario.withdraw(world.programme.purpose), by: Scenario.reviewers)
        #expect(try rule() == "purpose")
        world.stops.revoked = [Scenario.publicKey("ann")]
        #expect(try rule() == "revoked")
        world.scenario.submit(world.scenario.dismiss(["ann"]), by: ["desk"])
        #expect(try rule() == "dismissed")
        world.stops.halts = [Halt(origin: Scenario.origin).hash]
        #expect(try rule() == "halted")
        world.now = 0
        #expect(try rule() == "clock")
    }
}

extension LedgerState {
    /// The rules in their order, each looked up separately for one position: what `ReleaseJudge` must say, however it goes
    /// about it.
    fileprivate func plainJudgement(
        release hash: Hash256, position: Int, claim: PageClaim, now: Milliseconds, stops: DirectStops
    ) throws(Refusal) -> JudgedPage {
        func require(_ condition: Bool, _ rule: String) throws(Refusal) {
            if !condition { throw Refusal(rule, "") }
        }
        guard let record = releases[hash] else { throw Refusal("release", "") }
        try require(clock <= now || clock - now <= charter?.terms.tolerance ?? 0, "clock")
        let time = max(record.mark.time, now)
        guard let (consentHash, id) = record.release.position(position) else { throw Refusal("position", "") }
        guard let grant = grants[record.release.grant]?.grant, let consent = consents[consentHash]?.consent,
            let purpose = purposes[grant.purpose]?.purpose
        else { throw Refusal("release", "") }
        try require(!isHalted && stops.halts.allSatisfy { halts[$0]?.lifted != nil }, "halted")
        try refuse(refusal(ofConsent: consentHash, at: time))
        try require(!stops.revoked.contains(consent.pseudonym), "revoked")
        try require(isLive(purpose: grant.purpose, at: time), "purpose")
        try require(isLive(grant: record.release.grant, at: time), "grant")
        let key = ErasedKey(pseudonym: consent.pseudonym, consent: consentHash)
        try require(
            erasures[key]?.contains(id) != true && stops.erasures[key]?.contains(id) != true, "page.erased")
        if let monday = id.monday {
            try require(claim.kind == PageIndex.kind, "page.kind")
            try require(claim.app.isEmpty, "page.app")
            try require(claim.day == monday, "page.day")
            try require(monday.start <= time, "page.window")
            return JudgedPage(consent: consentHash, page: .zero, claim: claim, roster: consent.rosterHash)
        }
        guard let kind = Kind(rawValue: claim.kind), purpose.kinds.contains(kind), grant.kinds.contains(kind) else {
            throw Refusal("page.kind", "")
        }
        guard let app = try? AppName(claim.app), purpose.apps.contains(app), grant.apps.contains(app) else {
            throw Refusal("page.app", "")
        }
        try require((grant.from...max(grant.from, grant.to)).contains(claim.day), "page.day")
        let open = (UInt64(claim.day) + 1) * millisecondsPerDay + consent.window
        try require(open <= time, "page.window")
        return JudgedPage(consent: consentHash, page: id, claim: claim, roster: consent.rosterHash)
    }
}
