package import Crypto
package import Files
import Ledger
import Sealing

/// Seals the sub-keys under a fresh storage key, on the same medium or another, while the broker does not run.
///
/// A marker is in the store's folder from before the first change until after the last. While it is there, no broker
/// opens the store, so a crash cannot be taken for a lost key. A second run finishes an interrupted one. At every
/// moment the file opens under a key of one of the two media, and at the end only under the new key.
package struct StorageKeyRotation {
    package static let marker = "sub-keys.rotation"
    private let directory: String
    private let files: any FileSystem

    package init(directory: String, files: any FileSystem = DiskFileSystem()) {
        self.directory = directory
        self.files = files
    }

    /// Whether a rotation was started and not finished.
    package func isUnfinished() throws(FileError) -> Bool {
        try files.read("\(directory)/\(Self.marker)", atMost: 4096) != nil
    }

    /// Whether there is no file of sub-keys yet, or one of these keys opens it.
    package func opens(under keys: [SymmetricKey?]) throws(FileError) -> Bool {
        guard let file = try files.read("\(directory)/\(SubKeyStore.name)", atMost: SubKeyStore.maximumCount) else {
            return true
        }
        return SubKeyStore.open(file, underOneOf: keys) != nil
    }

    /// Moves the key from `old` to `new`, two media with slots. Returns how many sub-keys there are.
    ///
    /// Throws `.storageKey(.missing)` when neither medium's key opens the file; then nothing was changed.
    @discardableResult
    package func move(from old: any StorageKeySlots, to new: any StorageKeySlots) throws(SubKeyStoreError) -> Int {
        do {
            let durable = Durable(files)
            let path = "\(directory)/\(SubKeyStore.name)"
            let file = try files.read(path, atMost: SubKeyStore.maximumCount)
            let (before, after) = (try old.read(), try new.read())
            let opened = file.flatMap { SubKeyStore.open($0, underOneOf: before) }
            let moved = file.flatMap { SubKeyStore.open($0, underOneOf: after) }
            guard file == nil || opened != nil || moved != nil else { throw StorageKeyError.missing }
            try durable.write([], to: "\(directory)/\(Self.marker)")
            if let table = opened?.table {
                // A key that an earlier attempt left on the new medium does not open the file.
                let key = SymmetricKey(size: .bits256)
                try new.erase(1)
                try new.write(key, to: 0)
                try durable.write(try SubKeyStore.seal(table, under: key), to: path)
            } else if let file {
                // An earlier attempt wrote it, perhaps only to the page cache.
                try durable.write(file, to: path)
            }
            for slot in [0, 1] { try old.erase(slot) }
            try files.remove("\(directory)/\(Self.marker)")
            try files.syncDirectory(directory)
            return (opened ?? moved)?.table.count ?? 0
        } catch {
            throw SubKeyStoreError(error)
        }
    }
}
