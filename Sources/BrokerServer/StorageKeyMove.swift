import Broker
import Files
import Ledger
package import Sealing

/// Rotates a broker's storage key in the broker's folder, while no broker runs there.
package enum StorageKeyMove {
    /// Seals the sub-keys under a fresh key, stored in the same file or in `new` on another medium; then `old` is
    /// removed. Returns the number of sub-keys.
    package static func rotate(directory: String, old: String, new: String?) throws(CofferError) -> Int {
        let lock: any Sendable
        do throws(FileError) { lock = try DiskFileSystem().lock(directory + "/lock") } catch {
            throw CofferError(
                .configuration, "The folder \(directory) cannot be used: \(error).", hint: "Stop the broker first.")
        }
        defer { withExtendedLifetime(lock) {} }
        do {
            guard let new, new != old else { return try inPlace(directory: directory, StorageKeyFile(path: old)) }
            return try move(directory: directory, StorageKeyFile(path: old), StorageKeyFile(path: new))
        } catch {
            throw sentence(SubKeyStoreError(error), directory: directory, old: old)
        }
    }

    private static func inPlace(directory: String, _ file: StorageKeyFile) throws -> Int {
        let keys = try file.read()
        // Check this before opening the store, because opening sets aside sub-keys that the key does not open.
        guard try StorageKeyRotation(directory: directory).opens(under: keys) else { throw StorageKeyError.missing }
        let store = try SubKeyStore(directory: directory, slots: file)
        try store.rotate()
        return store.count
    }

    private static func move(directory: String, _ old: StorageKeyFile, _ new: StorageKeyFile) throws -> Int {
        let rotation = StorageKeyRotation(directory: directory)
        if !old.exists, new.exists, try !rotation.isUnfinished(), try rotation.opens(under: try new.read()) {
            // Only the removal of the old file was left, and the file is gone.
            return try SubKeyStore(directory: directory, slots: new).count
        }
        guard old.exists else { throw StorageKeyError.missing }
        if !new.exists { try new.create() }
        let count = try rotation.move(from: old, to: new)
        try old.remove()
        return count
    }

    private static func sentence(_ error: SubKeyStoreError, directory: String, old: String) -> CofferError {
        switch error {
        case .storageKey(.missing):
            CofferError(
                .configuration, "\(old) is not the storage key of the sub-keys in \(directory); nothing was changed.",
                hint: "Name the file that the broker was started with.")
        case .storageKey(.malformed):
            CofferError(.configuration, "One of the files is not a storage key; nothing was changed.")
        case .rotating:
            CofferError(
                .configuration, "A rotation to another medium was interrupted.",
                hint: "Run it again with the same --storage-key and --new.")
        default:
            CofferError(
                .configuration, "The sub-keys or a storage key cannot be written.",
                hint: "Check both media, then run it again: nothing is lost.")
        }
    }
}
