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
/// It judges at its newest head, which a quorum must have cosigned freshly, and not before it has followed the ledger
/// since it started. It keeps and logs nothing of what an ask told it.
package final class Broker: Sendable {
    package let origin: String
    /// Its note key: how the ledger knows it.
    package let key: VerifyingKey
    package let follower: Follower
    package let subKeys: SubKeyStore
    let noteKey: SigningKey
    let sealingKey: SealingPrivateKey
    let stops: StopStore
    let oneTimeKeys = OneTimeKeys()
    let releases = ReleaseCache()
    let now: @Sendable () -> Milliseconds
    let answers = Atomic<UInt64>(0)
    let positionsAnswered = Atomic<UInt64>(0)
    /// How many ended consents its last `destroyed` spoke of.
    let lastDestroyedCount = Atomic<Int>(0)
    private let followedSinceStart = Atomic<Bool>(false)

    /// `stopFolder` holds the stopping statements handed over; it is made when it is missing.
    package init(
        noteKey: SigningKey, sealingKey: SealingPrivateKey, origin: String, follower: Follower, subKeys: SubKeyStore,
        stopFolder: String, files: any FileSystem = DiskFileSystem(), now: @escaping @Sendable () -> Milliseconds
    ) throws(CofferError) {
        self.origin = origin
        self.key = noteKey.publicKey
        self.noteKey = noteKey
        self.sealingKey = sealingKey
        self.follower = follower
        self.subKeys = subKeys
        self.now = now
        do throws(StopStoreError) { self.stops = try StopStore(directory: stopFolder, files: files) } catch {
            throw CofferError(
                .configuration, "The broker's stopping statements cannot be read: \(error).",
                hint:
                    "One of them may be a revocation: find it in a copy or in the ledger before you move the file away."
            )
        }
    }

    /// Whether it has followed the ledger since it started: until then what it knows may be of any day.
    package var hasSyncedSinceStart: Bool { followedSinceStart.load(ordering: .sequentiallyConsistent) }

    /// Replays what was followed before, and destroys what has ended since the store was written.
    package func replay() async throws(CofferError) {
        if let followed = try await follower.replay() { try settle(followed) }
    }

    /// Follows the ledger once. What has ended is destroyed before this returns.
    @discardableResult
    package func follow() async throws(CofferError) -> Followed {
        let followed = try await follower.follow()
        followedSinceStart.store(true, ordering: .sequentiallyConsistent)
        try settle(followed)
        return followed
    }

    /// The newest head, cosigned freshly by a quorum, after which `isThere` holds if it ever does; otherwise 503.
    func fresh(where isThere: (LedgerState) -> Bool) async throws(BrokerRefusal) -> Followed {
        if let held = await freshlyHeld, isThere(held.state) { return held }
        let followed: Followed
        do throws(CofferError) { followed = try await follow() } catch {
            // A ledger that is down is no reason to refuse what a fresh head allows.
            guard error.code == .tryLater, let held = await freshlyHeld else {
                let why = error.code == .tryLater ? error.message : "what the ledger showed it is invalid."
                throw .tryLater("This broker has no fresh head of the ledger: \(why)")
            }
            return held
        }
        guard isFresh(followed) else {
            throw .tryLater(
                "The newest head is not freshly cosigned by a quorum of the witnesses.",
                hint: "Try again once enough witnesses are reachable.")
        }
        return followed
    }

    /// What it has followed since it started, if a quorum cosigned that head freshly.
    private var freshlyHeld: Followed? {
        get async {
            guard hasSyncedSinceStart, let held = await follower.followed, isFresh(held) else { return nil }
            return held
        }
    }

    private func isFresh(_ followed: Followed) -> Bool {
        guard let terms = followed.state.charter?.terms, let seconds = followed.head.quorumTime else { return false }
        let cosigned = Milliseconds(seconds)
        if cosigned > Milliseconds(rawValue: 1 << 62) { return false }
        return cosigned + terms.freshness >= now() && cosigned <= now() + terms.tolerance
    }

    /// The stopping statements held, as the rules take them.
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
