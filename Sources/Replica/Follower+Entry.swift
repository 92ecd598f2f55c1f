package import Sealing

extension Follower {
    /// An entry from the store, not checked against the tree again: the caller must know what it should be. Nil beyond
    /// the stored checkpoint.
    package nonisolated func storedEntry(_ index: UInt64) throws(CofferError) -> Bytes? {
        try store.entries(from: index, count: 1).first
    }

    /// Passes each entry from the store, up to the stored checkpoint, and its index. None is checked again.
    package nonisolated func eachStoredEntry(
        from first: UInt64, _ body: (UInt64, Bytes) -> Void
    ) throws(CofferError) {
        var next = first
        while true {
            let entries = try store.entries(from: next, count: 1024)
            if entries.isEmpty { return }
            for entry in entries {
                body(next, entry)
                next += 1
            }
        }
    }
}
