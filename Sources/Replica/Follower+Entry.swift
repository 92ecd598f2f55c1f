package import Sealing

extension Follower {
    /// An entry as the store has it now, which is not checked against the tree again: whoever reads it knows what it
    /// must be. Nil beyond the stored head.
    package nonisolated func storedEntry(_ index: UInt64) throws(CofferError) -> Bytes? {
        try store.entries(from: index, count: 1).first
    }
}
