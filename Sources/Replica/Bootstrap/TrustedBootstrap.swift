package import Messages
import Sealing

/// Lets a follower with an empty store start from a state that brokers signed, instead of a replay (Design,
/// "Starting without a replay").
///
/// Brokers of the **pinned** charter must vouch, at least the threshold of every group. While some group has fewer
/// dishonest brokers than its threshold, at least one of them is honest, which Coffer's consent also depends on
/// (Design, "What you must trust"). If too few can be reached, or their notes cannot be checked or are false, the log is
/// replayed; there is no weaker fallback.
package struct TrustedBootstrap: Sendable {
    /// Replaying a shorter log takes less time than asking the brokers.
    package static let leastEntries: UInt64 = 4_096

    /// The pinned charter; nil for a follower that continues from a stored state but never starts with one.
    let charter: CharterFile?
    /// The fewest entries that a log must have.
    let least: UInt64
    /// Where states of a log that started this way are kept.
    let snapshots: (any SnapshotStore)?
    let transport: any HTTPTransport
    /// Receives a sentence for people: why the log is replayed.
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

    /// No usable state from brokers. Internal: the follower falls back to a full replay.
    static func noState(_ why: String) -> CofferError { CofferError(.tryLater, why, rule: notVouched) }

    var isNoState: Bool { code == .tryLater && rule == Self.notVouched }

    /// A broker signed a state that cannot be true.
    var isOfState: Bool {
        code == .tampering && ["state.snapshot", "state.root", "state.disagree"].contains(rule)
    }
}
