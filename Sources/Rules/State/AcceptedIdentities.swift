package import Sealing

/// The identities that were accepted and could come again, each with the entry at which it was.
///
/// A starting statement is refused once its `until` has passed, whoever it is, so its identity is kept by the day of
/// its `until` and forgotten when the clock has left that day. Those of stopping statements stay. Releases are remembered
/// as `AcceptedReleases`, and not here besides.
package struct AcceptedIdentities: Sendable {
    package private(set) var stopping: PersistentMap<Hash256, UInt64> = [:]
    /// By the day of the statement's `until`.
    package private(set) var starting: [Day: PersistentMap<Hash256, UInt64>] = [:]

    package init() {}

    init(stopping: PersistentMap<Hash256, UInt64>, starting: [Day: PersistentMap<Hash256, UInt64>]) {
        self.stopping = stopping
        self.starting = starting
    }

    /// Where a statement with this `until` was accepted, if it was and is remembered.
    package func index(of hash: Hash256, until: Milliseconds?) -> UInt64? {
        guard let until else { return stopping[hash] }
        return starting[Day(of: until)]?[hash]
    }

    /// The same of a statement whose `until` is not known.
    package func index(of hash: Hash256) -> UInt64? {
        if let index = stopping[hash] { return index }
        for day in starting.values { if let index = day[hash] { return index } }
        return nil
    }

    /// How many are remembered.
    package var count: Int { stopping.count + starting.values.reduce(0) { $0 + $1.count } }

    mutating func accept(_ hash: Hash256, until: Milliseconds?, at index: UInt64) {
        if let until {
            starting[Day(of: until), default: [:]][hash] = index
        } else {
            stopping[hash] = index
        }
    }

    /// Forgets what no entry of this time or later can repeat.
    mutating func forget(before today: Day) {
        for day in starting.keys where day < today { starting[day] = nil }
    }
}
