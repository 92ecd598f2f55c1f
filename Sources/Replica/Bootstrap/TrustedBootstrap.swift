package import Messages
import Sealing

/// How a follower that has nothing yet begins from what brokers say the ledger has come to, in place of a replay
/// (Design, "Starting without a replay").
///
/// The brokers of the **pinned** charter vouch, at least the threshold of every group. While one group has fewer
/// dishonest brokers than that, one honest broker is among them: what Coffer's consent rests on
/// (Design, "What you must trust"). Where not enough of them can be asked, or their word cannot be judged, the log is
/// replayed; nothing weaker takes their place.
package struct TrustedBootstrap: Sendable {
    /// A shorter log is replayed in less time than it takes to ask.
    package static let leastEntries: UInt64 = 4_096

    /// The pinned charter; nil for a follower that goes on from a state and never begins with one.
    let charter: CharterFile?
    /// How many entries a log must have.
    let least: UInt64
    /// Where the states are kept of a log that was begun so.
    let snapshots: (any SnapshotStore)?
    let transport: any HTTPTransport
    /// Takes a sentence for the person: why the log is replayed.
    let say: @Sendable (String) -> Void

    package init(
        charter: CharterFile?, least: UInt64 = TrustedBootstrap.leastEntries, snapshots: (any SnapshotStore)? = nil,
        transport: any HTTPTransport, say: @escaping @Sendable (String) -> Void
    ) {
        self.charter = charter
        self.least = least
        self.snapshots = snapshots
        self.transport = transport
        self.say = say
    }
}

extension CofferError {
    private static let notVouched = "state.vouched"

    /// Why there is no state to begin from. Never leaves the follower, which replays then.
    static func noState(_ why: String) -> CofferError { CofferError(.tryLater, why, rule: notVouched) }

    var isNoState: Bool { code == .tryLater && rule == Self.notVouched }
}
