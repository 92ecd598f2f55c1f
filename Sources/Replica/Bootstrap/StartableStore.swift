package import Ledger
package import Sealing

/// A store that may begin with a state in place of the entries that led to it (Design, "Starting without a replay").
package protocol StartableStore: FollowerStore {
    /// How many entries came before the first that is stored; nil when all are stored, or none yet.
    func bootstrapSize() throws(CofferError) -> UInt64?
    /// The snapshot that it began with, as it was stored; nil when it did not.
    func beginning() throws(CofferError) -> Bytes?
    /// Stores a state and the head over exactly its entries: durably, and all or nothing. False, and nothing is stored,
    /// when something is stored already.
    func begin(_ snapshot: LedgerSnapshot, head: SignedNote) throws(CofferError) -> Bool
    /// Stores the entries that came before the first stored: durably, and all or nothing. From then on it is a store
    /// like any other. False, and nothing is stored, when as many are not missing.
    func complete(_ entries: [Bytes]) throws(CofferError) -> Bool
}
