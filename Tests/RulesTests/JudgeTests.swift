import CofferTestKit
import Rules
import Sealing
import Testing

/// Design, "A release, step by step", step 3: whether a broker may answer a position of an accepted release.
@Suite("Judging an ask")
struct JudgeTests {
    /// A release of this week's index, page 1 and page 2 of Ann's; what happens then; what the job claims.
    struct Case: Sendable, CustomTestStringConvertible {
        let rule: String?
        let what: String
        let position: Int
        let claim: PageClaim
        let then: @Sendable (inout Asked) throws -> Void

        init(
            _ rule: String?, _ what: String, position: Int = 1, kind: String = "keys", app: String = "code",
            day: Day = Asked.day, then: @escaping @Sendable (inout Asked) throws -> Void = { _ in }
        ) {
            self.rule = rule
            self.what = what
            self.position = position
            self.claim = PageClaim(kind: kind, app: app, day: day)
            self.then = then
        }

        var testDescription: String { "\(rule ?? "answered"): \(what)" }
    }

    struct Asked {
        /// Yesterday, the last of the grant's days.
        static let day = Day(of: Scenario.noon) - 1
        static let monday = Day(of: Scenario.noon).monday
        var scenario = Scenario()
        let programme: Scenario.Programme
        let ann: Hash256
        let release: Hash256
        var stops = DirectStops()
        /// The broker's clock.
        var now: Milliseconds

        init() throws {
            programme = scenario.programme()
            ann = try #require(programme.consents["ann"])
            let release = try scenario.release(
                programme.grant, [ann: [.week(Self.monday), Scenario.page(1), Scenario.page(2)]])
            #expect(scenario.submit(release, by: ["job"]).isAccepted)
            self.release = release.hash
            now = scenario.now
        }

        var pages: [PageID] { [Scenario.page(1), Scenario.page(2)].sorted() }

        func rule(_ position: Int, _ claim: PageClaim) -> String? {
            do throws(Refusal) {
                _ = try scenario.state.judge(
                    release: release, position: position, claim: claim, now: now, stops: stops)
                return nil
            } catch { return error.rule }
        }
    }

    static let cases: [Case] = [
        Case(nil, "a page"),
        Case(nil, "the other page, of another kind and app", position: 2, kind: "screen", app: "xterm"),
        Case(nil, "the index", position: 0, kind: "index", app: "", day: Asked.monday),
        Case("position", "before the first", position: -1),
        Case("position", "after the last", position: 3),
        Case("page.kind", "a kind that the purpose has not", kind: "prompt"),
        Case("page.kind", "no kind at all", kind: "Keys"),
        Case("page.kind", "a page as an index", kind: "index", app: "", day: Asked.monday),
        Case("page.kind", "an index as a page", position: 0),
        Case("page.app", "an app that the purpose has not", app: "mail"),
        Case("page.app", "no app at all", app: ""),
        Case("page.app", "an index of an app", position: 0, kind: "index", app: "code", day: Asked.monday),
        Case("page.day", "a day before the grant's", day: Asked.day - 10),
        Case(nil, "the grant's first day", day: Asked.day - 9),
        Case("page.day", "a day after it", day: Asked.day + 1),
        Case("page.day", "the last day there can be", day: .max),
        Case("page.day", "an index as another week's", position: 0, kind: "index", app: "", day: Asked.monday + 7),
        Case("release", "a release that was not accepted") { asked in
            asked.scenario = Scenario()
        },
        Case("clock", "entries stamped beyond the tolerance") { $0.now = $0.scenario.now - 120_001 },
        Case(nil, "entries stamped within it") { $0.now = $0.scenario.now - 120_000 },
        Case("halted", "a halt in the log") { asked in asked.scenario.submit(asked.scenario.halt(), by: ["security"]) },
        Case("halted", "a halt held directly") { $0.stops.halts = [Halt(origin: Scenario.origin).hash] },
        Case("halted", "a halt held directly, while another one was lifted") { asked in
            let halts = asked.scenario.halted()
            asked.scenario.submit(asked.scenario.resume(halts), by: Scenario.reviewers)
            asked.stops.halts = [Halt(origin: Scenario.origin).hash]
        },
        Case(nil, "a halt held directly, which an accepted resume names") { asked in
            let halts = asked.scenario.halted()
            asked.scenario.submit(asked.scenario.resume(halts), by: Scenario.reviewers)
            asked.stops.halts = Set(halts)
        },
        Case("revoked", "a revoke in the log") { asked in
            asked.scenario.submit(asked.scenario.revoke("ann"), by: ["ann"])
        },
        Case("revoked", "a revoke held directly") { $0.stops.revoked = [Scenario.publicKey("ann")] },
        Case(nil, "another's revoke") { $0.stops.revoked = [Scenario.publicKey("bob")] },
        Case("revoked", "a revoke, for the index too", position: 0, kind: "index", app: "", day: Asked.monday) {
            $0.stops.revoked = [Scenario.publicKey("ann")]
        },
        Case("dismissed", "a dismissal") { asked in
            asked.scenario.submit(asked.scenario.dismiss(["ann"]), by: ["desk"])
        },
        Case("consent.expired", "an expired consent, by the broker's clock alone") {
            $0.now = Scenario.noon + 30 * millisecondsPerDay
        },
        Case("consent.ended", "an amendment that ends old rosters, by the broker's clock alone") { asked in
            let amend = asked.scenario.amend(asked.scenario.newCouncil(), ends: true)
            asked.scenario.submit(amend, by: AmendTests.quorum + ["council-2"])
            asked.now += Scenario.hour
        },
        Case(nil, "an amendment that ends old rosters, before its time") { asked in
            let amend = asked.scenario.amend(asked.scenario.newCouncil(), ends: true)
            asked.scenario.submit(amend, by: AmendTests.quorum + ["council-2"])
            asked.now += Scenario.hour - 1
        },
        Case("purpose", "a purpose withdrawn") { asked in
            asked.scenario.submit(asked.scenario.withdraw(asked.programme.purpose), by: Scenario.reviewers)
        },
        Case("grant", "an expired grant") { $0.now = Scenario.noon + 20 * millisecondsPerDay },
        Case("page.erased", "an erased page") { asked in
            let erase = asked.scenario.erase("ann", under: asked.ann, asked.pages)
            asked.scenario.submit(erase, by: ["ann"])
        },
        Case("page.erased", "a page erased directly") { asked in
            let key = ErasedKey(pseudonym: Scenario.publicKey("ann"), consent: asked.ann)
            asked.stops.erasures[key] = Set(asked.pages)
        },
        Case(nil, "a page that somebody else erased") { asked in
            let erase = asked.scenario.erase("bob", under: asked.ann, asked.pages)
            #expect(asked.scenario.submit(erase, by: ["bob"]).isAccepted)
        },
    ]

    @Test("Asks are judged by their rules", arguments: cases)
    func judge(_ attempt: Case) throws {
        var asked = try Asked()
        try attempt.then(&asked)
        #expect(asked.rule(attempt.position, attempt.claim) == attempt.rule)
    }

    @Test("The judged page gives the inputs of x")
    func whatXIsMadeOf() throws {
        let asked = try Asked()
        let claim = PageClaim(kind: "keys", app: "code", day: Asked.day)
        let page = try asked.scenario.state.judge(release: asked.release, position: 1, claim: claim, now: asked.now)
        #expect(page.page == asked.pages[0] && page.consent == asked.ann && page.roster == asked.scenario.charter.hash)
        #expect(
            page.inputs.x(page.page)
                == ReplicatedPRF.x(
                    consent: asked.ann, page: asked.pages[0], kind: "keys", app: "code", day: Asked.day))
        let index = try asked.scenario.state.judge(
            release: asked.release, position: 0, claim: PageClaim(kind: "index", app: "", day: Asked.monday),
            now: asked.now)
        #expect(index.page == .zero)
    }

    /// Yesterday's page opens twenty hours after the day's end, next week's index on its Monday, and no moment sooner.
    @Test("A page opens when its window has passed, and not before")
    func theWindow() throws {
        var scenario = Scenario()
        scenario.submit(scenario.enrol(["cy"]), by: ["desk"])
        let purpose = scenario.purpose()
        scenario.submit(purpose, by: Scenario.reviewers)
        let consent = scenario.consent("cy", to: purpose.hash, window: 20 * Scenario.hour)
        scenario.submit(consent, by: ["cy"])
        let today = Day(of: scenario.now)
        let grant = scenario.grant(purpose.hash, from: today - 1, to: today + 10)
        scenario.submit(grant, by: ["job"] + Scenario.reviewers)
        scenario.now += Scenario.hour
        let week = today.monday + 7
        let release = try scenario.release(grant.hash, [consent.hash: [Scenario.page(1)]])
        scenario.submit(release, by: ["job"])
        var late = scenario
        late.now = week.start - Scenario.hour
        let weeks = try late.release(grant.hash, [consent.hash: [.week(week)]])
        late.submit(weeks, by: ["job"])
        #expect(late.verdicts.compactMap(\.rule).isEmpty)
        func rule(_ release: Release, _ claim: PageClaim, at now: Milliseconds) -> String? {
            do throws(Refusal) {
                let state = release == weeks ? late.state : scenario.state
                _ = try state.judge(release: release.hash, position: 0, claim: claim, now: now)
                return nil
            } catch { return error.rule }
        }
        let page = PageClaim(kind: "keys", app: "code", day: today - 1)
        #expect(rule(release, page, at: today.start + 20 * Scenario.hour - 1) == "page.window")
        #expect(rule(release, page, at: today.start + 20 * Scenario.hour) == nil)
        let index = PageClaim(kind: "index", app: "", day: week)
        #expect(rule(weeks, index, at: week.start - 1) == "page.window")
        #expect(rule(weeks, index, at: week.start) == nil)
    }

    @Test("A release is answered for a day after its entry, and every other rule explains more")
    func age() throws {
        var asked = try Asked()
        let entered = asked.scenario.now
        let claims = [
            PageClaim(kind: "index", app: "", day: Asked.monday), PageClaim(kind: "keys", app: "code", day: Asked.day),
        ]
        for (position, claim) in claims.enumerated() {
            asked.now = entered + millisecondsPerDay
            #expect(asked.rule(position, claim) == nil)
            asked.now += 1
            #expect(asked.rule(position, claim) == "release.age")
        }
        #expect(asked.rule(1, PageClaim(kind: "keys", app: "mail", day: Asked.day)) == "page.app")
        asked.stops.revoked = [Scenario.publicKey("ann")]
        #expect(asked.rule(1, claims[1]) == "revoked")
    }

    /// A later clock, more stops, a shorter log: nothing of that ever opens what was refused for good.
    @Test("Clocks at the limits of their range are judged")
    func clocksAtTheirEnds() throws {
        var asked = try Asked()
        let claim = PageClaim(kind: "keys", app: "code", day: Asked.day)
        for now in [0, 1, Milliseconds.max - 1, Milliseconds.max] {
            asked.now = now
            #expect(asked.rule(1, claim) != nil)
        }
    }
}
