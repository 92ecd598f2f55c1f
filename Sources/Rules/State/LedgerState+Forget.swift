import Sealing

/// What a state keeps after no rule can ask for it again.
package enum Retention: Sendable {
    /// Every accepted release with everything that it names, for readers of the history.
    case everything
    /// Only the grant and mark of a release, while a rule can still ask for it. For servers. The verdicts are the same.
    case needed
    /// Like `needed` for releases before this state was taken over from brokers, and like `everything` for later ones.
    /// For laptops that have not replayed the log.
    case sinceBootstrap
}

extension LedgerState {
    /// Forgets what can no longer be asked for on this day.
    mutating func forget(before today: Day) {
        accepted.forget(before: today)
        acceptedReleases.forget(before: today)
    }
}
