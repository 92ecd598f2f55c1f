import Sealing

/// What a state keeps of what no rule can ask for again.
package enum Retention: Sendable {
    /// Every accepted release with all that it names, for whoever reads the history from the state.
    case everything
    /// Of a release that it was accepted, until its grant has expired and no more than that day: servers. The verdicts
    /// are the same.
    case needed
    /// What is needed of the releases before this state was taken over from brokers, and every one since with all that
    /// it names: laptops that have not replayed the log.
    case sinceBootstrap
}

extension LedgerState {
    /// Drops what this day has made impossible to ask for.
    mutating func forget(before today: Day) {
        accepted.forget(before: today)
        acceptedReleases.forget(before: today)
    }
}
