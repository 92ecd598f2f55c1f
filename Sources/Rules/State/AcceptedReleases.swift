package import Sealing

/// What the rules ask of an accepted release without its ids: whose it is, and where it stands.
package struct AcceptedRelease: Hashable, Sendable {
    package let grant: Hash256
    package let mark: LogPosition
}

/// The accepted releases by their hashes, each with as much of it as the state retains (Design, "What a state keeps").
///
/// A state that retains what is needed has a hash, a grant and a mark of each, some hundred bytes however many ids it
/// names; the rest stands in its entry, and whoever wants it reads it there (`VerifiedRelease`).
package struct AcceptedReleases: Sendable {
    private var retention: Retention
    /// Empty when only what is needed is retained.
    private(set) var whole: PersistentMap<Hash256, ReleaseRecord> = [:]
    /// By the last day on which they could be asked for or come again. Empty when everything is retained. None is here
    /// and in `whole`.
    private var days: [Day: PersistentMap<Hash256, AcceptedRelease>] = [:]

    init(_ retention: Retention) { self.retention = retention }

    package var count: Int { whole.count + days.values.reduce(0) { $0 + $1.count } }

    /// Those of which only what is needed is retained, in no order.
    var brief: some Sequence<(key: Hash256, value: AcceptedRelease)> { days.values.joined() }

    /// Whether none is held both ways.
    var isDisjoint: Bool { brief.allSatisfy { whole[$0.key] == nil } }

    package subscript(hash: Hash256) -> AcceptedRelease? {
        if let record = whole[hash] { return AcceptedRelease(grant: record.release.grant, mark: record.mark) }
        for day in days.values { if let release = day[hash] { return release } }
        return nil
    }

    /// The entry at which a release was accepted that names this grant, if it was and is remembered.
    func index(of hash: Hash256, under grant: Grant) -> UInt64? {
        (whole[hash]?.mark ?? days[Self.lastDay(of: grant)]?[hash]?.mark)?.index
    }

    /// The day on which its grant expires, or on which the `until` of a release of the grant's last moment is past.
    private static func lastDay(of grant: Grant) -> Day { Day(of: grant.expires + Release.longestUntil) }

    mutating func accept(_ hash: Hash256, _ release: Release, at mark: LogPosition, under grant: Grant) {
        switch retention {
        case .everything, .sinceBootstrap: whole[hash] = ReleaseRecord(release: release, mark: mark)
        case .needed: accept(hash, AcceptedRelease(grant: release.grant, mark: mark), under: grant)
        }
    }

    /// Those to come are retained whole.
    mutating func startBootstrapped() { retention = .sinceBootstrap }

    /// What a state that retains what is needed has written of one.
    mutating func accept(_ hash: Hash256, _ release: AcceptedRelease, under grant: Grant) {
        days[Self.lastDay(of: grant), default: [:]][hash] = release
    }

    /// Drops those whose last day is past, if only what is needed of them is retained.
    mutating func forget(before today: Day) {
        for day in days.keys where day < today { days[day] = nil }
    }
}
