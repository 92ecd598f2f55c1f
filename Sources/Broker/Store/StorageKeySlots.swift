package import Crypto

/// Where the storage key is kept: two slots on another medium than the store's.
///
/// Between destructions one slot holds the key and the other is empty. Both are full while the store is being
/// re-encrypted; the store opens under only one of them.
package protocol StorageKeySlots: Sendable {
    /// The keys in the two slots; nil for an empty one.
    func read() throws(StorageKeyError) -> [SymmetricKey?]
    /// Fills a slot, durably.
    func write(_ key: SymmetricKey, to slot: Int) throws(StorageKeyError)
    /// Overwrites a slot with zeros, durably.
    func erase(_ slot: Int) throws(StorageKeyError)
}

/// Why the storage key cannot be read or written; the process must stop.
package enum StorageKeyError: Error, Hashable, Sendable {
    case missing
    case malformed
    /// The system's errno.
    case system(Int32)
}
