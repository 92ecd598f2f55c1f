import CofferTestKit
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

/// Starting from a kept state instead of replaying.
@Suite("Snapshots in a file")
struct SnapshotFileTests {
    private let directory = NSTemporaryDirectory() + "coffer-snapshot-\(UUID().uuidString)"

    private func scenario(_ count: Int) -> Scenario {
        var scenario = Scenario.withProgramme()
        scenario.grow(by: count)
        return scenario
    }

    private func pin(_ scenario: Scenario) -> Pin {
        Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: "")
    }

    private func snapshot(_ scenario: Scenario, size: Int) throws -> LedgerSnapshot {
        let (state, frontier) = scenario.replayed(size)
        return LedgerSnapshot(state: state, frontier: frontier)
    }

    /// A store that says whether its first entries were read.
    private final class Store: FollowerStore {
        let inner = MemoryLedger()
        let least = ManualClock(.max)

        func checkpoint() throws(CofferError) -> SignedNote? { try inner.checkpoint() }
        func entries(from index: UInt64, count: Int) throws(CofferError) -> [Bytes] {
            least.set(min(least.now, Milliseconds(rawValue: index)))
            return try inner.entries(from: index, count: count)
        }
        func advance(from size: UInt64, appending entries: [Bytes], checkpoint: SignedNote) throws(CofferError) -> Bool
        {
            try inner.advance(from: size, appending: entries, checkpoint: checkpoint)
        }
    }

    private func store(_ scenario: Scenario) throws -> Store {
        let store = Store()
        _ = try store.advance(
            from: 0, appending: scenario.entries.map(\.encoded), checkpoint: try scenario.checkpoint(at: scenario.now))
        return store
    }

    private func replay(_ scenario: Scenario, _ store: Store, _ snapshots: any SnapshotStore) async throws -> Followed?
    {
        try await Follower(
            pin: pin(scenario), store: store, sources: [], evidence: EvidenceDirectory(path: directory + "/evidence"),
            snapshots: snapshots
        ).replay()
    }

    @Test("A follower goes on from its snapshot")
    func itGoesOnFromWhatWasKept() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let scenario = scenario(600)
        let file = SnapshotFile(path: directory + "/snapshot")
        try file.keep(try snapshot(scenario, size: 512))
        let store = try store(scenario)
        let followed = try #require(try await replay(scenario, store, file))
        #expect(followed.state.digest == scenario.state.digest)
        #expect(followed.checkpoint.size == UInt64(scenario.entries.count))
        #expect(store.least.now >= 512)
    }

    @Test("A snapshot of another log is ignored")
    func whatIsNotOfThisLogIsAsGoodAsNone() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let scenario = scenario(300)
        let path = directory + "/snapshot"
        let good = try snapshot(scenario, size: 256).encoded
        var flipped = good
        flipped[flipped.count / 2] ^= 1
        // Whole, and of this ledger, but of another history and of a later size.
        var other = Scenario()
        _ = other.programme(["eve"])
        for _ in 0..<400 { other.submit(other.revoke("eve"), by: ["eve"]) }
        let forked = try snapshot(other, size: 256).encoded
        let beyond = try snapshot(self.scenario(400), size: 380).encoded
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        // Whole too, but of the version before this one.
        var old = Array(good.dropLast(32))
        old[D("snapshot").count + 3] = UInt8(LedgerState.snapshotVersion - 1)
        old += Hash256(of: old).bytes
        for bad in [Bytes(), flipped, Array(good.dropLast()), good + [0], forked, beyond, old] {
            try Data(bad).write(to: URL(fileURLWithPath: path))
            let store = try store(scenario)
            let followed = try #require(try await replay(scenario, store, SnapshotFile(path: path)))
            #expect(followed.state.digest == scenario.state.digest)
            #expect(store.least.now == 0)
        }
    }

    @Test("A broker starts only from a state that it signed itself")
    func aBrokerStartsFromItsOwnWordOnly() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let scenario = scenario(300)
        let clock = ManualClock()
        func file(_ name: String) -> SignedSnapshotFile {
            SignedSnapshotFile(
                directory: directory, key: Scenario.key(name), origin: Scenario.origin, now: clock.read)
        }
        let own = file("acme-1")
        #expect(own.isDue(size: 1) && own.note() == nil)
        try own.keep(try snapshot(scenario, size: 256))
        #expect(!own.isDue(size: 256) && !own.isDue(size: 300))
        clock.advance(by: millisecondsPerDay)
        #expect(own.isDue(size: 300) && !own.isDue(size: 256))
        #expect(own.open(size: 256) != nil && own.open(size: 255) == nil)
        let note = try #require(own.note())
        let stated = try StateNote(note, origin: Scenario.origin, broker: Scenario.publicKey("acme-1"))
        #expect(try stated.state == snapshot(scenario, size: 256).state.digest)
        #expect(own.load(pin: pin(scenario), retention: .everything)?.size == 256)
        // Another broker's, one that keeps another share, one put beside the note.
        #expect(file("acme-2").load(pin: pin(scenario), retention: .everything) == nil)
        #expect(own.load(pin: pin(scenario), retention: .needed) == nil)
        try Data(try snapshot(scenario, size: 200).encoded).write(to: URL(fileURLWithPath: directory + "/snapshot"))
        #expect(own.load(pin: pin(scenario), retention: .everything) == nil)
        let store = try store(scenario)
        #expect(try await replay(scenario, store, own)?.state.digest == scenario.state.digest)
        #expect(store.least.now == 0)
    }
}
