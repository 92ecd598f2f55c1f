package import Sealing

/// The part of an accepted release that the rules need: its grant and its entry, without its ids.
package struct AcceptedRelease: Hashable, Sendable {
    package let grant: Hash256
    package let mark: LogPosition
}

/// The accepted releases by their hashes, each with as much of it as the state retains (Design, "What a state keeps").
///
/// A state with retention `needed` keeps a hash, a grant and a mark of each, about a hundred bytes for any number of
/// ids. The rest is read from its entry when it is needed (`VerifiedRelease`).
package struct AcceptedReleases: Sendable {
    private var retention: Retention
    /// The whole releases. Empty with retention `needed`.
    private(set) var whole: PersistentMap<Hash256, ReleaseRecord> = [:]
    /// Keyed by the last day on which they could be asked for or submitted again. Empty with retention `everything`. No
    /// release is both here and in `whole`.
    private var days: [Day: PersistentMap<Hash256, AcceptedRelease>] = [:]

    init(_ retention: Retention) { self.retention = retention }

    package var count: Int { whole.count + days.values.reduce(0) { $0 + $1.count } }

    /// The releases that are not kept whole, in no order.
    var brief: some Sequence<(key: Hash256, value: AcceptedRelease)> { days.values.joined() }

    /// Whether no release is both in `whole` and in `days`.
    var isDisjoint: Bool { brief.allSatisfy { whole[$0.key] == nil } }

    package subscript(hash: Hash256) -> AcceptedRelease? {
        if let record = whole[hash] { return AcceptedRelease(grant: record.release.grant, mark: record.mark) }
        for day in days.values { if let release = day[hash] { return release } }
        return nil
    }

    /// The entry that accepted a release under this grant; nil if none did or it was forgotten.
    func index(of hash: Hash256, under grant: Grant) -> UInt64? {
        (whole[hash]?.mark ?? days[Self.lastDay(of: grant)]?[hash]?.mark)?.index
    }

    /// The last day on which a release of this grant can matter: when the `until` of a release from the grant's last
    /// moment passes.
    private static func lastDay(of grant: Grant) -> Day { Day(of: grant.expires + Release.longestUntil) }

    mutating func accept(_ hash: Hash256, _ release: Release, at mark: LogPosition, under grant: Grant) {
        switch retention {
        case .everything, .sinceBootstrap: whole[hash] = ReleaseRecord(release: release, mark: mark)
        case .needed: accept(hash, AcceptedRelease(grant: release.grant, mark: mark), under: grant)
        }
    }

    /// Keeps all later releases whole.
    mutating func startBootstrapped() { retention = .sinceBootstrap }

    /// Adds a release of which only the grant and the mark are kept.
    mutating func accept(_ hash: Hash256, _ release: AcceptedRelease, under grant: Grant) {
        days[Self.lastDay(of: grant), default: [:]][hash] = release
    }

    /// Forgets the releases whose last day is past, except those that are kept whole.
    mutating func forget(before today: Day) {
        for day in days.keys where day < today { days[day] = nil }
    }
}
