import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import Audit

/// A monitor's rounds: what it finds, and that a log which went back between two runs is caught.
@Suite("Watching a log")
struct WatchTests {
    /// A server that a test can change, or take down.
    private final class World: Sendable {
        let directory = NSTemporaryDirectory() + "coffer-watch-\(UUID().uuidString)"
        let clock = ManualClock()
        let ledger: ServedLog
        let broker: ServedLog
        let north: ServedLog
        let terms: CharterTerms
        let pin: Pin

        init(_ log: SignedLog, _ scenario: Scenario) {
            ledger = ServedLog(log)
            broker = ServedLog(log)
            north = ServedLog(log)
            terms = scenario.terms
            pin = log.pin
            clock.set(scenario.now + 30_000)
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }

        func serve(_ log: SignedLog?) { for server in [ledger, broker, north] { server.serve(log) } }

        func watch() -> Watch {
            let servers = [
                WatchedServer(name: "ledger", cosigner: nil, servesLog: true, isLedger: true, source: ledger),
                WatchedServer(name: "acme-1", cosigner: nil, servesLog: true, source: broker),
                WatchedServer(
                    name: "north", cosigner: NoteKey(cosigner: Scenario.publicKey("north")), servesLog: false,
                    source: north),
            ]
            let follower = Follower(
                pin: pin, store: LedgerDirectory(TileDirectory(path: directory + "/log")), sources: [],
                evidence: EvidenceDirectory(path: directory + "/evidence"))
            return Watch(follower, terms: terms, servers: { _ in servers }, now: clock.read)
        }

        var evidence: [String] { (try? FileManager.default.contentsOfDirectory(atPath: directory + "/evidence")) ?? [] }
    }

    private func scenario() throws -> Scenario {
        var scenario = Scenario()
        let programme = scenario.programme()
        _ = try scenario.read(programme, ["ann"], pages: [1])
        return scenario
    }

    @Test("A log without faults has no findings")
    func allIsWell() async throws {
        let scenario = try scenario()
        let world = World(try SignedLog(scenario), scenario)
        let round = await world.watch().round()
        #expect(round.findings.isEmpty && round.level == .ok && round.level.code == 0)
        #expect(round.size == UInt64(scenario.entries.count))
    }

    @Test("Servers that are down or stale are named")
    func whoIsDownOrStaleIsNamed() async throws {
        let scenario = try scenario()
        let log = try SignedLog(scenario, cosigners: ["cosigner acme-1", "cosigner acme-2", "north"])
        let world = World(log, scenario)
        world.ledger.serve(nil)
        let round = await world.watch().round()
        #expect(round.level == .warning && round.level.code == 1)
        #expect(
            Set(round.findings.map { "\($0.rule) \($0.subject)" }) == [
                "server.unreachable ledger", "cosigner.stale acme-3", "cosigner.stale council-1",
            ])
    }

    @Test("If no server answers, or none is fresh, the answer is to try later")
    func nobodyThereOrNobodyFreshIsTryLater() async throws {
        let scenario = try scenario()
        let world = World(try SignedLog(scenario), scenario)
        let watch = world.watch()
        _ = await watch.round()
        world.clock.advance(by: 700_000)
        var round = await watch.round()
        #expect(round.level == .notFresh && round.findings.contains { $0.rule == "head.freshness" })
        world.serve(nil)
        round = await world.watch().round()
        #expect(round.level.code == 75 && round.findings.contains { $0.rule == "log.unreachable" })
    }

    @Test("A fork by one server leaves evidence")
    func aForkByOneServerLeavesEvidence() async throws {
        let scenario = try scenario()
        var other = try self.scenario()
        other.submit(other.revoke("bob"), by: ["bob"])
        var known = scenario
        known.submit(known.revoke("ann"), by: ["ann"])
        for place in 0..<3 {
            let world = World(try SignedLog(known), scenario)
            [world.ledger, world.broker, world.north][place].serve(try SignedLog(other))
            let round = await world.watch().round()
            #expect(round.level == .tampering && round.level.code == 65)
            #expect(round.findings.contains { $0.rule == "fork" })
            #expect(world.evidence.count == 1)
        }
    }

    @Test("A log that went back between two runs is noticed")
    func aLogThatWentBackBetweenTwoRunsIsCaught() async throws {
        var scenario = try scenario()
        let size = scenario.entries.count
        let first = scenario
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        let world = World(try SignedLog(scenario), scenario)
        #expect(await world.watch().round().level == .ok)
        // A broker may serve an old checkpoint for a while; a ledger that does so has gone back.
        world.broker.serve(try SignedLog(first))
        #expect(await world.watch().round().level == .ok)
        world.serve(try SignedLog(first))
        #expect(await world.watch().round().findings.map(\.rule) == ["ledger.back"])
        // The same checkpoint, cosigned later than the larger one: a clock that was set back explains it.
        var again = first
        again.now += 3_600_000
        let text = try SignedLog(first)
        world.serve(
            text.with(
                try Scenario.checkpoint(
                    size: UInt64(size), root: Checkpoint(parsing: text.checkpoint.text).root,
                    seconds: Seconds(again.now))))
        let back = await world.watch().round()
        #expect(back.level == .warning && world.evidence.isEmpty)
        #expect(back.findings.contains { $0.rule == "cosigner.back" && $0.subject == "north" })
        #expect(back.size == UInt64(scenario.entries.count))
        // And another history at that size.
        again.submit(again.revoke("bob"), by: ["bob"])
        again.submit(again.halt(), by: ["security"])
        world.serve(try SignedLog(again))
        #expect(await world.watch().round().findings.contains { $0.rule == "fork" })
    }

    @Test("A ledger on an old copy is named at once, before any checkpoint is stale; one that just grew is not")
    func anOldCopyIsNamedAtOnce() async throws {
        let scenario = try scenario()
        var longer = scenario
        longer.submit(longer.revoke("ann"), by: ["ann"])
        let (old, new) = (try SignedLog(scenario), try SignedLog(longer))
        let world = World(new, scenario)
        world.ledger.serve(old)
        let round = await world.watch().round()
        #expect(round.level == .warning && round.level.code == 1)
        let finding = try #require(round.findings.first)
        #expect(round.findings.count == 1 && finding.rule == "ledger.back" && finding.subject == "ledger")
        #expect(finding.message.contains("\(scenario.entries.count) entries"))
        #expect(finding.message.contains("\(longer.entries.count)"))
        // A ledger that grew between two questions, and one that then answers no more.
        let known = UInt64(longer.entries.count)
        let grown = ServedLog(new)
        guard case .newest = await LedgerStanding.now(of: grown, known: known) else {
            Issue.record("a ledger that grew is called old")
            return
        }
        grown.serve(nil)
        guard case .silent = await LedgerStanding.now(of: grown, known: known) else {
            Issue.record("a silent ledger is not told")
            return
        }
    }

    @Test("One cosigner that signs at the end of time is named, and the rest is watched")
    func aCosignatureAtTheEndOfTimeIsNamed() async throws {
        let scenario = try scenario()
        let log = try SignedLog(scenario, cosigners: Scenario.usualCosigners.filter { $0 != "north" })
        var checkpoint = log.checkpoint
        checkpoint.add(
            Cosignature.make(
                checkpoint.text, by: NoteKey(cosigner: Scenario.publicKey("north")), with: Scenario.key("north"),
                time: Cosignature.maximumTime))
        let world = World(log.with(checkpoint), scenario)
        for _ in 0..<2 {
            let findings = await world.watch().round().findings
            #expect(findings.map(\.rule) == ["cosigner.future"] && findings.map(\.subject) == ["north"])
        }
    }

    @Test("A checkpoint that a quorum signed at the end of time is not fresh")
    func aQuorumAtTheEndOfTimeIsNotFresh() async throws {
        let scenario = try scenario()
        let log = try SignedLog(scenario)
        let old = try Checkpoint(parsing: log.checkpoint.text)
        let checkpoint = try Scenario.checkpoint(
            size: old.size.rawValue, root: old.root, seconds: Cosignature.maximumTime)
        let round = await World(log.with(checkpoint), scenario).watch().round()
        #expect(round.level == .notFresh && round.cosigned == .max)
    }

    @Test("An entry that is stamped at the end of time is named")
    func aStampAtTheEndOfTimeIsNamed() async throws {
        var scenario = try scenario()
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        let now = scenario.now
        scenario.now = .max
        scenario.submit(scenario.revoke("bob"), by: ["bob"])
        let log = try SignedLog(scenario)
        let old = try Checkpoint(parsing: log.checkpoint.text)
        let checkpoint = try Scenario.checkpoint(size: old.size.rawValue, root: old.root, seconds: Seconds(now))
        let world = World(log.with(checkpoint), scenario)
        world.clock.set(now + 30_000)
        #expect(await world.watch().round().findings.map(\.rule).contains("clock"))
    }

    @Test("A server with a forged, uncosigned or larger checkpoint is named")
    func whoServesOtherThanAHeadIsNamed() async throws {
        let scenario = try scenario()
        let log = try SignedLog(scenario)
        let world = World(log, scenario)
        world.north.serve(try SignedLog(scenario, signer: "desk"))
        #expect(await world.watch().round().findings.map(\.rule) == ["head.signature"])
        world.north.serve(try SignedLog(scenario, cosigners: ["cosigner acme-1"]))
        #expect(await world.watch().round().findings.map(\.rule) == ["cosigner.missing"])
        var ahead = scenario
        ahead.submit(ahead.revoke("ann"), by: ["ann"])
        world.north.serve(try SignedLog(ahead))
        #expect(await world.watch().round().findings.map(\.rule) == ["head.beyond"])
    }

    @Test("Duties that are late are reported until they are done")
    func dutiesThatAreLate() async throws {
        var scenario = try scenario()
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        scenario.submit(scenario.halt(), by: ["security"])
        scenario.now += 7_200_000
        scenario.submit(scenario.destroyed("acme-1", size: UInt64(scenario.entries.count)), by: ["acme-1"])
        let world = World(try SignedLog(scenario), scenario)
        #expect(Set(await world.watch().round().findings.map(\.rule)) == ["destroyed.late", "halted"])
        scenario.submit(scenario.destroyed("acme-2", size: UInt64(scenario.entries.count)), by: ["acme-2"])
        world.serve(try SignedLog(scenario))
        #expect(await world.watch().round().findings.map(\.rule) == ["halted"])
    }

    @Test("A grant that ended without an outcome is reported")
    func aGrantThatEndedWithoutAnOutcome() async throws {
        var scenario = try scenario()
        scenario.now += 21 * millisecondsPerDay
        scenario.submit(scenario.revoke("nobody"), by: ["ann"])
        let world = World(try SignedLog(scenario), scenario)
        #expect(await world.watch().round().findings.map(\.rule) == ["outcome.overdue"])
    }
}
