package import Sealing

/// The accepted identities that could be submitted again, each with its entry.
///
/// Every starting statement is refused once its `until` has passed, so its identity is kept by the day of its `until`
/// and forgotten after that day. The identities of stopping statements are kept for ever. Those of releases are in
/// `AcceptedReleases` only.
package struct AcceptedIdentities: Sendable {
    package private(set) var stopping: PersistentMap<Hash256, UInt64> = [:]
    /// Keyed by the day of the statement's `until`.
    package private(set) var starting: [Day: PersistentMap<Hash256, UInt64>] = [:]

    package init() {}

    init(stopping: PersistentMap<Hash256, UInt64>, starting: [Day: PersistentMap<Hash256, UInt64>]) {
        self.stopping = stopping
        self.starting = starting
    }

    /// The entry that accepted a statement with this `until`; nil if none did or it was forgotten.
    package func index(of hash: Hash256, until: Milliseconds?) -> UInt64? {
        guard let until else { return stopping[hash] }
        return starting[Day(of: until)]?[hash]
    }

    /// The entry that accepted a statement whose `until` is not known; nil if none did or it was forgotten.
    package func index(of hash: Hash256) -> UInt64? {
        if let index = stopping[hash] { return index }
        for day in starting.values { if let index = day[hash] { return index } }
        return nil
    }

    /// The number of remembered identities.
    package var count: Int { stopping.count + starting.values.reduce(0) { $0 + $1.count } }

    mutating func accept(_ hash: Hash256, until: Milliseconds?, at index: UInt64) {
        if let until {
            starting[Day(of: until), default: [:]][hash] = index
        } else {
            stopping[hash] = index
        }
    }

    /// Forgets the identities that no entry of this day or later can repeat.
    mutating func forget(before today: Day) {
        for day in starting.keys where day < today { starting[day] = nil }
    }
}
