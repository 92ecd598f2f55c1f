package import Crypto
import Files
import Sealing

/// The storage key in a file of mode 0600: D("storage-key") ‖ slot 32 ‖ slot 32, a slot of zeros being empty.
///
/// Slots are overwritten in place and synced. So an erased key is gone as far as the medium allows; on a tmpfs it is
/// gone.
package struct StorageKeyFile: StorageKeySlots {
    private let path: String
    private let files = DiskFileSystem()
    private static let head = D("storage-key")

    package init(path: String) { self.path = path }

    package var exists: Bool { files.exists(path) }

    /// Creates the file with two empty slots.
    package func create() throws(StorageKeyError) {
        try system { () throws(FileError) in
            try Durable(files).create(Self.head + Bytes(repeating: 0, count: 64), at: path, mode: 0o600)
        }
    }

    /// Removes the file after its slots were erased, durably.
    package func remove() throws(StorageKeyError) {
        try system { () throws(FileError) in try Durable(files).remove(path) }
    }

    package func read() throws(StorageKeyError) -> [SymmetricKey?] {
        let contents = try system { () throws(FileError) in try files.read(path, atMost: 4096) }
        guard var bytes = consume contents else { throw .missing }
        defer { wipe(&bytes) }
        guard bytes.count == Self.head.count + 64, bytes.starts(with: Self.head) else { throw .malformed }
        return [0, 1].map { slot in
            let start = Self.head.count + 32 * slot
            let key = bytes[start..<(start + 32)]
            return key.allSatisfy { $0 == 0 } ? nil : SymmetricKey(data: key)
        }
    }

    package func write(_ key: SymmetricKey, to slot: Int) throws(StorageKeyError) {
        var bytes = key.withUnsafeBytes { Bytes($0) }
        defer { wipe(&bytes) }
        try put(bytes, slot: slot)
    }

    package func erase(_ slot: Int) throws(StorageKeyError) { try put(Bytes(repeating: 0, count: 32), slot: slot) }

    private func put(_ bytes: Bytes, slot: Int) throws(StorageKeyError) {
        try system { () throws(FileError) in
            try files.overwrite(path, at: Self.head.count + 32 * slot, with: bytes)
        }
    }

    private func system<R>(_ body: () throws(FileError) -> R) throws(StorageKeyError) -> R {
        do throws(FileError) { return try body() } catch { throw error.isTooLarge ? .malformed : .system(error.code) }
    }
}
