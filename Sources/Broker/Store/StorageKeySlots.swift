package import Crypto

/// Where the storage key lies: two slots on a medium apart from the store's.
///
/// Between destructions one slot holds the key and the other is empty. While the store is being re-encrypted both
/// are full; which one is the key is told by the store itself, which opens under one only.
package protocol StorageKeySlots: Sendable {
    /// The keys in the two slots; nil for an empty one.
    func read() throws(StorageKeyError) -> [SymmetricKey?]
    /// Fills a slot, durably.
    func write(_ key: SymmetricKey, to slot: Int) throws(StorageKeyError)
    /// Overwrites a slot with zeros, durably.
    func erase(_ slot: Int) throws(StorageKeyError)
}

/// Why the storage key could not be read or written; the process must stop.
package enum StorageKeyError: Error, Hashable, Sendable {
    case missing
    case malformed
    /// The system's errno.
    case system(Int32)
}
