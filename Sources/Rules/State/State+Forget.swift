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
    case sinceTakenOver
}

extension State {
    /// Drops what the clock, still at its old day, has made impossible to ask for: nothing on most entries, and once a
    /// day what ended since, which costs a walk over the releases when a grant did.
    mutating func forget(before today: Day) {
        accepted.forget(before: today)
        guard retention != .everything else { return }
        let passed = Day(of: clock)..<today
        let ended = grants.filter { passed.contains(Day(of: $0.value.grant.expires)) }
        if !ended.isEmpty { acceptedReleases.forget(under: Set(ended.keys)) }
    }
}
