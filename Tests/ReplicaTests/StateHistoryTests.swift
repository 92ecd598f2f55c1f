import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

/// What came before the state that a laptop began with: old checkpoints, single entries, all of it.
@Suite("Before the state that was begun with") struct StateHistoryTests {
    private let ledger: StatedLedger
    private let scenario: Scenario

    private static let scenario = Result<Scenario, any Error> { () throws in
        var scenario = Scenario()
        let programme = scenario.programme()
        let ids = [programme.consents["bob"] ?? .zero: [Scenario.page(1)]]
        scenario.submit(try scenario.release(programme.grant, ids), by: ["job"])
        scenario.grow(by: 400)
        return scenario
    }

    init() throws {
        ledger = try StatedLedger()
        scenario = try Self.scenario.get()
        try ledger.serve(scenario)
        for broker in ["acme-1", "acme-2", "council-1"] { try ledger.state(broker, of: scenario, size: 300) }
    }

    private func bootstrapSize() async throws -> Follower {
        let follower = try ledger.follower(scenario, start: try ledger.start(scenario))
        #expect(try await follower.follow().state.retention == .sinceBootstrap)
        _ = ledger.asked()
        return follower
    }

    private func grown(by count: Int) -> Scenario {
        var grown = scenario
        for _ in 0..<count { grown.submit(grown.revoke("bob"), by: ["bob"]) }
        return grown
    }

    @Test(
        "An older checkpoint of the same log changes nothing, whether from before or after",
        arguments: [3, 256, 410, 512])
    func older(size: Int) async throws {
        let follower = try await bootstrapSize()
        let grown = grown(by: 130)
        try ledger.serve(grown)
        let newest = try await follower.follow()
        try ledger.serve(grown, checkpoint: try grown.checkpoint(size: size, at: grown.now))
        #expect(try await follower.follow().checkpoint == newest.checkpoint)
        #expect(ledger.evidence == [])
    }

    @Test("An older checkpoint of another log is a fork, with its proof", arguments: [3, 256, 410, 512])
    func fork(size: Int) async throws {
        let follower = try await bootstrapSize()
        let grown = grown(by: 130)
        try ledger.serve(grown)
        _ = try await follower.follow()
        var other = Scenario()
        _ = other.programme(["eve"])
        while other.entries.count < size { other.append([1]) }
        try ledger.serve(grown, checkpoint: try other.checkpoint(size: size, at: grown.now))
        #expect(await follower.failure()?.rule == "fork")
        let text = try ledger.evidence(try #require(ledger.evidence.first))
        #expect(text.contains("as the larger tree has it"))
    }

    @Test("An old checkpoint that a quorum cosigned late takes nothing back here either")
    func cosignedLater() async throws {
        let follower = try await bootstrapSize()
        try ledger.serve(scenario, checkpoint: try scenario.checkpoint(size: 40, at: scenario.now + 200_000))
        let size = try await follower.follow().checkpoint.size
        #expect(size == UInt64(scenario.entries.count))
    }

    @Test("Without tiles an older checkpoint cannot be judged, and another source must be asked")
    func noTiles() async throws {
        let follower = try await bootstrapSize()
        try ledger.serve(scenario, checkpoint: try scenario.checkpoint(size: 40, at: scenario.now))
        ledger.network.route("http://ledger.example/tile/0/") { _ in .file(nil) }
        await #expect(throws: CofferError(.tryLater, "")) { try await follower.follow() }
    }

    @Test("A single entry is fetched and proven; another in its place is refused")
    func entry() async throws {
        let follower = try await bootstrapSize()
        #expect(try await follower.entry(2) == scenario.entries[2].encoded)
        #expect(try await follower.entry(299) == scenario.entries[299].encoded)
        #expect(try await follower.entry(UInt64(scenario.entries.count)) == nil)
        let entries = Array(scenario.entries.prefix(256).map(\.encoded).reversed())
        ledger.answer("ledger/tile/entries/000", EntryBundle.encode(entries))
        await #expect(throws: CofferError(.tryLater, "", rule: "entries.root")) { try await follower.entry(2) }
    }

    @Test("A follower that needs every entry fetches them once, and one that began with the state goes on")
    func complete() async throws {
        let follower = try await bootstrapSize()
        let whole = try ledger.follower(scenario, start: nil)
        #expect(try await whole.replay() == nil)
        let followed = try await whole.follow()
        #expect(followed.state.retention == .everything && followed.state.releases.count == 1)
        #expect(followed.state.digest == scenario.state.digest)
        #expect(try ledger.store().bootstrapSize() == nil)
        #expect(try ledger.store().entries(from: 0, count: 1_000) == scenario.entries.map(\.encoded))
        // Both go on in the same store, and a restart has every release.
        let grown = grown(by: 20)
        try ledger.serve(grown)
        #expect(try await follower.follow().state.digest == grown.state.digest)
        #expect(try await whole.follow().state.digest == grown.state.digest)
        let again = try ledger.follower(scenario, start: try ledger.start(scenario), isOffline: true)
        #expect(try await again.replay()?.state.releases.count == 1)
        #expect(ledger.lines == [])
    }

    @Test("Other entries than those that were begun after are not taken")
    func otherEntries() async throws {
        _ = try await bootstrapSize()
        let entries = Array(scenario.entries.prefix(256).map(\.encoded))
        ledger.answer("ledger/tile/entries/000", EntryBundle.encode(entries.dropLast(1) + [entries[9]]))
        #expect(try await ledger.follower(scenario, start: nil).failure()?.rule == "entries.root")
        #expect(try ledger.store().bootstrapSize() == UInt64(scenario.entries.count))
        // Nor are they when nobody has any.
        ledger.answer("ledger/tile/entries/000", [])
        #expect(try await ledger.follower(scenario, start: nil).failure()?.rule == "entries.format")
        #expect(try await ledger.follower(scenario, start: try ledger.start(scenario)).follow().checkpoint.size == 407)
    }

    @Test("A state of an unsupported version is ignored: every entry is fetched")
    func version() async throws {
        _ = try await bootstrapSize()
        let follower = Follower(
            pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""),
            store: OldVersion(inner: try ledger.store()),
            sources: [HTTPSource(url: "http://ledger.example", transport: ledger.network)],
            evidence: EvidenceDirectory(path: ledger.directory + "/evidence"), start: try ledger.start(scenario))
        #expect(try await follower.replay() == nil)
        #expect(try await follower.follow().state.retention == .everything)
        #expect(try ledger.store().bootstrapSize() == nil)
    }
}

/// A store whose state this program cannot read.
private struct OldVersion: StartableStore {
    let inner: LedgerDatabase

    func checkpoint() throws(CofferError) -> SignedNote? { try inner.checkpoint() }
    func entries(from index: UInt64, count: Int) throws(CofferError) -> [Bytes] {
        try inner.entries(from: index, count: count)
    }
    func advance(from size: UInt64, appending entries: [Bytes], checkpoint: SignedNote) throws(CofferError) -> Bool {
        try inner.advance(from: size, appending: entries, checkpoint: checkpoint)
    }
    func bootstrapSize() throws(CofferError) -> UInt64? { try inner.bootstrapSize() }
    func beginning() throws(CofferError) -> Bytes? { try inner.beginning().map { Array($0.dropLast(32)) } }
    func begin(_ snapshot: LedgerSnapshot, checkpoint: SignedNote) throws(CofferError) -> Bool { false }
    func complete(_ entries: [Bytes]) throws(CofferError) -> Bool { try inner.complete(entries) }
}

/// States before, amid and after an amendment.
@Suite("Beginning with a state around an amendment") struct StateAmendmentTests {
    private let log: AmendedLog
    private let ledger: StatedLedger

    init() throws {
        log = try AmendedLog()
        ledger = try StatedLedger()
    }

    private func follow(stating size: Int, checkpoint: SignedNote, handover: SignedNote?) async throws(CofferError)
        -> Followed
    {
        do {
            try ledger.serve(log.scenario, checkpoint: checkpoint, handover: handover)
            for broker in ["acme-1", "acme-2", "council-1"] {
                try ledger.state(broker, of: log.scenario, size: size)
            }
            return try await ledger.follower(log.scenario, start: try ledger.start(log.scenario)).follow()
        } catch let error as CofferError {
            throw error
        } catch {
            throw CofferError(.bug, "\(error)")
        }
    }

    @Test("From before it the change of keys is followed, with the checkpoint that hands over")
    func before() async throws {
        let followed = try await follow(
            stating: log.amendment, checkpoint: try log.new(), handover: try log.old(log.crossing))
        #expect(followed.state.charter?.terms == log.amended && followed.state.retention == .sinceBootstrap)
        #expect(followed.state.digest == log.scenario.state.digest && ledger.lines == [])
    }

    @Test("Without that checkpoint it is not")
    func withoutHandover() async throws {
        let checkpoint = try log.new()
        let size = log.amendment
        await #expect(throws: CofferError(.tampering, "", rule: "head.handover")) {
            try await follow(stating: size, checkpoint: checkpoint, handover: nil)
        }
        #expect(try ledger.store().checkpoint() == nil)
    }

    @Test(
        "A state that has the amendment in it says whose keys count: such a log is replayed", arguments: [false, true])
    func amid(isInForce: Bool) async throws {
        let size = isInForce ? log.scenario.entries.count : log.amendment + 1
        let followed = try await follow(stating: size, checkpoint: try log.new(), handover: try log.old(log.crossing))
        #expect(followed.state.retention == .everything && followed.state.digest == log.scenario.state.digest)
        #expect(ledger.lines.count == 1)
    }

    @Test("A state whose checkpoint is valid by the pinned charter is not refused")
    func sameKeys() async throws {
        var scenario = Scenario()
        _ = scenario.programme()
        var terms = scenario.terms
        terms.rate = 7
        let names = Scenario.names(signing: scenario.terms)
        #expect(scenario.submit(scenario.amend(terms), by: names).isAccepted)
        scenario.now += 3_600_000
        for _ in 0..<20 { scenario.submit(scenario.revoke("bob"), by: ["bob"]) }
        #expect(scenario.state.charter?.terms.rate == 7)
        try ledger.serve(scenario)
        for (broker, size) in [("acme-1", 9), ("acme-2", 20), ("council-1", 22)] {
            try ledger.state(broker, of: scenario, size: size)
        }
        let followed = try await ledger.follower(scenario, start: try ledger.start(scenario)).follow()
        #expect(followed.state.retention == .sinceBootstrap && followed.state.digest == scenario.state.digest)
    }
}
