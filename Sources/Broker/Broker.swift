/// Broker: holds parts of consent keys and evaluates them for releases that the log permits.
///
/// `Broker` answers asks, takes deposits and stops, and follows the ledger; `BrokerServer` adds the routes.
/// `SubKeyStore` keeps the sub-keys in one file under a storage key on another medium (`StorageKeySlots`), and
/// destroys them. `StopStore` keeps stops until the ledger has them. A `BrokerRefusal` says why a request fails.
///
/// The module imports `Replica`, `Messages`, `Files` and what is below them, and no HTTP. Time and disk come in from
/// outside. It answers asks only at a checkpoint that a quorum cosigned freshly, and obeys a stop before it signs the
/// receipt. After a failed write its process must stop.

package import Files
import Ledger
import Messages
package import Replica
import Rules
package import Sealing
import Synchronization

/// A broker: holds parts of consent keys and evaluates them for logged, permitted releases
/// (Design, "Consent keys" and "A release, step by step").
///
/// It judges at its newest checkpoint, which a quorum must have cosigned freshly, and only after it has followed the
/// ledger since it started. It keeps and logs nothing of an ask's content.
package final class Broker: Sendable {
    package let origin: String
    /// The note key by which the ledger knows this broker.
    package let key: VerifyingKey
    package let follower: Follower
    package let subKeys: SubKeyStore
    let noteKey: SigningKey
    let sealingKey: SealingPrivateKey
    let stops: StopStore
    let oneTimeKeys = OneTimeKeys()
    let releases = ReleaseCache()
    let sessions = AskSessions()
    let now: @Sendable () -> Milliseconds
    let answers = Atomic<UInt64>(0)
    let positionsAnswered = Atomic<UInt64>(0)
    /// How many consents had ended at its last `destroyed`.
    let lastDestroyedCount = Atomic<Int>(0)
    private let followedSinceStart = Atomic<Bool>(false)

    /// `stopDirectory` holds the stopping statements that the broker received; it is made if missing.
    package init(
        noteKey: SigningKey, sealingKey: SealingPrivateKey, origin: String, follower: Follower, subKeys: SubKeyStore,
        stopDirectory: String, files: any FileSystem = DiskFileSystem(), now: @escaping @Sendable () -> Milliseconds
    ) throws(CofferError) {
        self.origin = origin
        self.key = noteKey.publicKey
        self.noteKey = noteKey
        self.sealingKey = sealingKey
        self.follower = follower
        self.subKeys = subKeys
        self.now = now
        do throws(StopStoreError) { self.stops = try StopStore(directory: stopDirectory, files: files) } catch {
            throw CofferError(
                .configuration, "The broker's stopping statements cannot be read: \(error).",
                hint:
                    "One of them may be a revocation: find it in a copy or in the ledger before you move the file away."
            )
        }
    }

    /// Whether it has followed the ledger since it started. Until then its state may be arbitrarily old.
    package var hasSyncedSinceStart: Bool { followedSinceStart.load(ordering: .sequentiallyConsistent) }

    /// Replays the stored entries, and destroys the sub-keys of consents that have ended since.
    package func replay() async throws(CofferError) {
        if let followed = try await follower.replay() { try settle(followed) }
    }

    /// Follows the ledger once. Sub-keys of ended consents are destroyed before this returns, also of those that a
    /// checkpoint ends which is held off for its stamps.
    @discardableResult
    package func follow() async throws(CofferError) -> Followed {
        let followed: Followed
        do throws(CofferError) { followed = try await follower.follow() } catch {
            try await obeyAhead()
            throw error
        }
        followedSinceStart.store(true, ordering: .sequentiallyConsistent)
        try settle(followed)
        return followed
    }

    /// Obeys the endings in a checkpoint that is ahead of this machine's clock, and only those that need no clock or
    /// have come by the times that are known.
    private func obeyAhead() async throws(CofferError) {
        guard let ahead = await follower.ahead else { return }
        let known = await follower.followed ?? ahead
        try destroyEnded(in: ahead.state, at: known.certainTime(now: now()))
    }

    /// A checkpoint freshly cosigned by a quorum: the held one if `isThere` is true of its state, else the newest, of
    /// which `isThere` may still be false. Throws `.tryLater` (503) without one.
    func fresh(where isThere: (LedgerState) -> Bool) async throws(BrokerRefusal) -> Followed {
        if let held = await freshlyHeld, isThere(held.state) { return held }
        let followed: Followed
        do throws(CofferError) { followed = try await follow() } catch {
            if error.isOfClocks { throw BrokerRefusal(error) }
            // When the ledger is down, a checkpoint that is still fresh is enough.
            guard error.code == .tryLater, let held = await freshlyHeld else {
                let why = error.code == .tryLater ? error.message : "what the ledger showed it is invalid."
                throw .tryLater("This broker has no fresh checkpoint of the ledger: \(why)")
            }
            return held
        }
        guard isFresh(followed) else {
            throw .tryLater(
                "The newest checkpoint is not freshly cosigned by a quorum of the witnesses.",
                hint: "Try again once enough witnesses are reachable.")
        }
        return followed
    }

    /// The checkpoint followed since the start, if a quorum cosigned it freshly and none is ahead of this clock.
    private var freshlyHeld: Followed? {
        get async {
            guard hasSyncedSinceStart, await follower.ahead == nil, let held = await follower.followed, isFresh(held)
            else { return nil }
            return held
        }
    }

    private func isFresh(_ followed: Followed) -> Bool {
        guard let terms = followed.state.charter?.terms, let seconds = followed.checkpoint.quorumTime else {
            return false
        }
        let cosigned = Milliseconds(seconds)
        if cosigned > Milliseconds(rawValue: 1 << 62) { return false }
        return cosigned + terms.freshness >= now() && cosigned <= now() + terms.tolerance
    }

    /// The held stopping statements, in the form that the rules take.
    var directStops: DirectStops {
        var stops = DirectStops()
        for held in self.stops.all { stops.hold(held.statement) }
        return stops
    }

    func signed(_ text: Bytes) throws(BrokerRefusal) -> Bytes {
        do throws(CofferError) { return try SignedNote.message(text, by: noteKey).encoded } catch {
            throw BrokerRefusal(error)
        }
    }
}
