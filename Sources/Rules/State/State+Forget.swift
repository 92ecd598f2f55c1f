import HashTreeCollections
import Sealing

/// What a state keeps of what no rule can ask for again.
package enum Retention: Sendable {
    /// Every accepted release, for whoever reads the history from the state.
    case everything
    /// A release until its grant has expired, and no more than that day: servers. The verdicts are the same.
    case needed
}

/// Releases by the day on which their grants expire.
struct ExpiringReleases: Sendable {
    private(set) var days: [Day: TreeSet<Hash256>] = [:]

    mutating func add(_ release: Hash256, expires: Milliseconds) { days[Day(of: expires), default: []].insert(release) }

    /// Those whose grants expired before today.
    mutating func takeExpired(before today: Day) -> [Hash256] {
        days.keys.filter { $0 < today }.flatMap { days.removeValue(forKey: $0) ?? [] }
    }
}

extension State {
    /// Drops what the clock has made impossible to ask for; nothing on most entries, once a day a day's worth.
    mutating func forget(before today: Day) {
        accepted.forget(before: today)
        for release in expiring.takeExpired(before: today) { releases[release] = nil }
    }
}
