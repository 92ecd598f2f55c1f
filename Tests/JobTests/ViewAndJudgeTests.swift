import CofferTestKit
import Foundation
import Rules
import Sealing
import Testing

@testable import Job

/// A job that reads the ledger and a broker that judges by it agree about every page, at every time.
///
/// `COFFER_TEST_SEED` replays, `SLOW=1` digs.
@Suite("View and judge")
struct ViewAndJudgeTests {
    static let rounds = ProcessInfo.processInfo.environment["SLOW"] == nil ? 100 : 20_000
    private static let people = ["ann", "bob", "cy", "dora"]
    /// A broker has its own names for what a release is refused for.
    private static let brokerNames = ["release.purpose": "purpose", "release.grant": "grant"]

    /// A release of one page under each of four consents, in a log that anything may have happened to since.
    private struct World {
        var scenario = Scenario()
        let programme: Scenario.Programme
        let release: Release
        private var brokers = 1

        init() throws {
            programme = scenario.programme(people)
            var ids: [Hash256: [PageID]] = [:]
            for (number, name) in people.enumerated() {
                ids[try #require(programme.consents[name])] = [Scenario.page(number)]
            }
            release = try scenario.release(programme.grant, ids)
            #expect(scenario.submit(release, by: ["job"]).isAccepted)
        }

        mutating func step(_ random: inout SeededGenerator) {
            let moves: [Milliseconds] = [0, 0, 1, 3_600_000, 3_600_000, millisecondsPerDay]
            scenario.now += moves.randomElement(using: &random) ?? 0
            let number = Int.random(in: 0..<people.count, using: &random)
            let name = people[number]
            switch Int.random(in: 0..<16, using: &random) {
            case 0: scenario.submit(scenario.revoke(name), by: [name])
            case 1: scenario.submit(scenario.dismiss([name]), by: ["desk"])
            case 2:
                guard let consent = programme.consents[name] else { return }
                scenario.submit(scenario.erase(name, under: consent, [Scenario.page(number)]), by: [name])
            case 3: scenario.submit(scenario.withdraw(programme.purpose), by: Scenario.reviewers)
            case 4: scenario.submit(scenario.halt(), by: ["security"])
            case 5, 6:
                let halts = scenario.state.haltsInForce.sorted()
                if !halts.isEmpty { scenario.submit(scenario.resume(halts), by: Scenario.reviewers) }
            case 7, 8, 9, 10, 11: amend(&random)
            default: scenario.append([])
            }
        }

        /// New terms by everyone who may have to sign them: mostly with a new broker, so that the roster changes.
        private mutating func amend(_ random: inout SeededGenerator) {
            // An entry brings terms into force whose notice has passed.
            scenario.append([])
            guard scenario.state.announced == nil, let old = scenario.state.charter?.terms else { return }
            var new = old
            if Int.random(in: 0..<4, using: &random) > 0 {
                brokers += 1
                new.groups[1] = Scenario.group(
                    "council", threshold: 1, ["council-\(brokers)"], operator: "council", .employees)
            } else {
                new.minimumWindow += 1
            }
            let notices: [Milliseconds] = [3_600_000, 3_600_000, millisecondsPerDay]
            let amend = scenario.amend(
                new, notice: notices.randomElement(using: &random) ?? 0,
                ends: Int.random(in: 0..<3, using: &random) > 0)
            let names = Scenario.names(signing: old)
            let signers = names + Scenario.names(signing: new).filter { !names.contains($0) }
            #expect(scenario.submit(amend, by: signers).isAccepted)
        }
    }

    /// What the job is told, in a broker's order: the programme, the consent, its purpose, the grant, the page.
    private func ending(_ view: StateView, _ grant: Hash256, _ consent: Hash256, _ page: PageID) -> CofferError? {
        var ofGrant: CofferError?
        do throws(CofferError) { _ = try view.liveGrant(grant) } catch { ofGrant = error }
        if let ofGrant, ofGrant.rule == "halted" { return ofGrant }
        if let ending = view.ending(of: consent) ?? ofGrant { return ending }
        return view.isErased(page, consent: consent) ? CofferError(.refused, "", rule: "page.erased") : nil
    }

    @Test("A job and a broker agree")
    func aJobAndABrokerAgree() throws {
        var random = SeededGenerator()
        let start = try World()
        let claim = PageClaim(kind: "keys", app: "code", day: Day(of: Scenario.noon) - 1)
        var (rules, opened, byPending): (Set<String>, Int, Int) = ([], 0, 0)
        for _ in 0..<Self.rounds {
            var world = start
            for _ in 0..<Int.random(in: 0...5, using: &random) { world.step(&random) }
            let state = world.scenario.state
            let whole = try #require(state.release(world.release.hash))
            let steps: [Milliseconds] = [
                0, 1, 3_599_999, 3_600_000, millisecondsPerDay, 20 * millisecondsPerDay, 31 * millisecondsPerDay,
                61 * millisecondsPerDay,
            ]
            for step in steps {
                let now = world.scenario.now + step
                let view = StateView(state, now: now)
                var judge = state.judge(of: whole, now: now)
                let live = Set(try view.liveConsents(to: world.programme.purpose).map(\.hash))
                for position in 0..<world.release.count {
                    let (consent, page) = try #require(world.release.position(position))
                    var refusal: Refusal?
                    do throws(Refusal) { _ = try judge.page(at: position, claim) } catch { refusal = error }
                    let told = ending(view, world.programme.grant, consent, page)
                    let rule = told?.rule.map { Self.brokerNames[$0] ?? $0 }
                    // A job knows how old its releases are, and no ending comes of it.
                    let isOld = now > (state.acceptedReleases[whole.hash]?.mark.time ?? now) + Release.lifetime
                    #expect(rule ?? (isOld ? "release.age" : nil) == refusal?.rule, "\(random) after \(step)")
                    #expect(live.contains(consent) == (view.ending(of: consent) == nil), "\(random)")
                    if let entry = told?.entry {
                        #expect(isCause(entry, of: told?.rule, in: world.scenario), "\(random) entry \(entry)")
                    }
                    if let refusal { rules.insert(refusal.rule) } else { opened += 1 }
                    if refusal?.rule == "consent.ended", state.consents[consent]?.rosterEnded == nil { byPending += 1 }
                }
            }
        }
        #expect(opened > Self.rounds && byPending > Self.rounds / 10, "\(random) \(opened) \(byPending)")
        let all: Set = [
            "consent.ended", "consent.expired", "dismissed", "grant", "halted", "page.erased", "purpose", "release.age",
            "revoked",
        ]
        #expect(rules == all, "\(random)")
    }

    /// Whether the entry that is named holds a statement of a type that can end anything by this rule.
    private func isCause(_ entry: UInt64, of rule: String?, in scenario: Scenario) -> Bool {
        let types = [
            "consent.ended": [Amend.type], "consent.expired": [Consent.type], "dismissed": [Dismiss.type],
            "halted": [Halt.type], "release.grant": [Grant.type], "release.purpose": [Purpose.type, Withdraw.type],
            "revoked": [Revoke.type],
        ]
        let note = PreparedNote(scenario.entries[Int(entry)].note, isChecking: false)
        guard let rule, let types = types[rule], let type = note.content?.statement.type else { return false }
        return scenario.verdicts[Int(entry)].isAccepted && types.contains(type)
    }
}
