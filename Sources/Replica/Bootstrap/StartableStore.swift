package import Ledger
package import Sealing

/// A store that may begin with a state instead of the entries that led to it (Design, "Starting without a replay").
package protocol StartableStore: FollowerStore {
    /// How many entries are missing before the first stored one; nil when all are stored, or none yet.
    func bootstrapSize() throws(CofferError) -> UInt64?
    /// The stored snapshot that it began with; nil when it began with entry 0.
    func beginning() throws(CofferError) -> Bytes?
    /// Stores a state and the checkpoint over exactly its entries, durably and atomically. False, without storing, when
    /// the store is not empty.
    func begin(_ snapshot: LedgerSnapshot, checkpoint: SignedNote) throws(CofferError) -> Bool
    /// Stores the missing first entries, durably and atomically. Then the store is like any other. False, without
    /// storing, when the number of missing entries is different.
    func complete(_ entries: [Bytes]) throws(CofferError) -> Bool
}
