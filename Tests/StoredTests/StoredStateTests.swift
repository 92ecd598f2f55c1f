import CofferTestKit
import Keys
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

/// The stored ledger with 4,200 entries more: what a laptop keeps of a long log, and what it begins with.
///
/// A state's encoding is a cache: one of another version is not read, and the log is replayed. So when the version is
/// raised, these tests read the snapshots of the next stored vault, and show that those of `v1` are replayed.
@Suite("Stored state")
struct StoredStateTests {
    private typealias Verified = StoredLogTests.Verified
    private let stored: StoredVault

    init() throws { stored = try StoredVault("later", "org") }

    @Test("The snapshot of a laptop that replayed is read")
    func theSnapshotOfALaptopThatReplayedIsRead() throws {
        let bytes = try stored.bytes("later/replayed.snapshot")
        let snapshot = try Self.check(bytes, Verified(stored, "later/verified.json"))
        #expect(snapshot.state.retention == .everything)
        let file = SnapshotFile(path: stored.path + "/later/replayed.snapshot")
        #expect(file.load(pin: stored.charter.pin, retention: .everything)?.size == snapshot.size)
    }

    @Test("The state that a broker serves is read")
    func theStateThatABrokerServesIsRead() throws {
        let bytes = try stored.bytes("later/state-snapshot")
        let broker = try OrgKeyFile(readingFrom: stored.path + "/org/acme-1").noteKey.publicKey
        let note = try StateNote(
            try SignedNote(parsing: try stored.bytes("later/state-note")), origin: stored.charter.origin, broker: broker
        )
        let snapshot = try LedgerSnapshot(parsing: bytes)
        #expect(note.snapshot == Hash256(of: bytes))
        #expect(note.size.rawValue == snapshot.size)
        #expect(note.root == snapshot.root)
        #expect(note.state == snapshot.state.digest)
        #expect(snapshot.encoded == bytes)
    }

    /// A laptop that began with that state goes on from it, with the state that it kept last and without.
    @Test("The database of a laptop that began with a state is read", arguments: [true, false])
    func theDatabaseOfALaptopThatBeganWithAStateIsRead(hasState: Bool) async throws {
        let verified = try Verified(stored, "later/verified.json")
        let database = try LedgerDatabase(path: stored.path + "/later/ledger.db")
        let size = try #require(try database.bootstrapSize())
        #expect(size > 4_200)
        #expect(try LedgerSnapshot(parsing: try #require(try database.beginning())).size == size)
        let states = hasState ? SnapshotFile(path: stored.path + "/later/ledger.db.state") : nil
        if let states { #expect(states.load(pin: stored.charter.pin, retention: .sinceBootstrap) != nil) }
        let follower = try stored.follower(
            database: "later/ledger.db",
            start: TrustedBootstrap(
                charter: nil, snapshots: states, transport: ScriptedTransport(), say: { Issue.record("\($0)") }))
        let followed = try #require(try await follower.replay())
        #expect(followed.checkpoint.size == verified.size)
        #expect(followed.checkpoint.root.hex == verified.root)
        #expect(followed.state.digest.hex == verified.state)
    }

    private static func check(_ bytes: Bytes, _ verified: Verified) throws -> LedgerSnapshot {
        let snapshot = try LedgerSnapshot(parsing: bytes)
        #expect(snapshot.size == verified.size)
        #expect(snapshot.root.hex == verified.root)
        #expect(snapshot.state.digest.hex == verified.state)
        #expect(snapshot.encoded == bytes)
        return snapshot
    }
}
