package import Crypto
import Glibc
import Sealing

/// The storage key in a file of mode 0600: D("storage-key") ‖ slot 32 ‖ slot 32, a slot of zeros being empty.
///
/// Slots are overwritten in place and synced, so that an erased key is gone from the medium as far as the medium
/// allows; on a tmpfs it is gone.
package struct StorageKeyFile: StorageKeySlots {
    private let path: String
    private static let head = D("storage-key")
    private static let count = head.count + 64

    package init(path: String) { self.path = path }

    package var exists: Bool { access(path, F_OK) == 0 }

    /// Creates the file with two empty slots.
    package func create() throws(StorageKeyError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system(errno) }
        defer { close(descriptor) }
        let bytes = Self.head + Bytes(repeating: 0, count: 64)
        guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, fsync(descriptor) == 0 else {
            throw .system(errno)
        }
        let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .system(errno) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw .system(errno) }
    }

    /// Removes the file, whose slots are erased, and makes that durable.
    package func remove() throws(StorageKeyError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .system(errno) }
        let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .system(errno) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw .system(errno) }
    }

    private var parent: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    package func read() throws(StorageKeyError) -> [SymmetricKey?] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw errno == ENOENT ? .missing : .system(errno) }
        defer { close(descriptor) }
        var bytes = Bytes(repeating: 0, count: Self.count + 1)
        defer { wipe(&bytes) }
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw .system(errno) }
        guard count == Self.count, bytes.starts(with: Self.head) else { throw .malformed }
        return [0, 1].map { slot in
            let start = Self.head.count + 32 * slot
            let key = bytes[start..<(start + 32)]
            return key.allSatisfy { $0 == 0 } ? nil : SymmetricKey(data: key)
        }
    }

    package func write(_ key: SymmetricKey, to slot: Int) throws(StorageKeyError) {
        let code = key.withUnsafeBytes { put($0, slot: slot) }
        if code != 0 { throw .system(code) }
    }

    package func erase(_ slot: Int) throws(StorageKeyError) {
        let code = Bytes(repeating: 0, count: 32).withUnsafeBytes { put($0, slot: slot) }
        if code != 0 { throw .system(code) }
    }

    /// Zero, or the errno.
    private func put(_ bytes: UnsafeRawBufferPointer, slot: Int) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        guard pwrite(descriptor, bytes.baseAddress, 32, off_t(Self.head.count + 32 * slot)) == 32 else { return errno }
        return fsync(descriptor) == 0 ? 0 : errno
    }
}
