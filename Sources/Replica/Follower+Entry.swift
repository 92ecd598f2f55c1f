package import Sealing

extension Follower {
    /// An entry from the store, not checked against the tree again: the caller must know what it should be. Nil beyond
    /// the stored checkpoint.
    package nonisolated func storedEntry(_ index: UInt64) throws(CofferError) -> Bytes? {
        try store.entries(from: index, count: 1).first
    }
}
