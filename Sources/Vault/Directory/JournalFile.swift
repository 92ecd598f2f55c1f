import Files
import Glibc
package import Sealing

/// The file of one open segment. Whoever writes it holds its lock; a journal without a lock is an orphan.
///
/// `rm` may take a journal away while it is open: then `isRemoved`, and what it held is to be forgotten.
package final class JournalFile: Sendable {
    /// The most bytes a journal may have: its records twice over, and its prologue.
    package static let maximumCount = 24 << 20

    /// u32 minutes since 1970 at which it was opened, then four random bytes, in hex.
    package let name: String
    private let path: String
    private let file: Int32

    /// A new journal, opened at a moment of the *records'* clock.
    init(in folder: String, opened: Milliseconds) throws(CofferError) {
        var stamp = ByteWriter()
        stamp.u32(UInt32(clamping: opened / 60_000))
        stamp.append((0..<4).map { _ in UInt8.random(in: 0...255) })
        name = Hex.encode(stamp.bytes)
        path = "\(folder)/\(name)"
        // Under its final name it has been locked already, so that nobody takes a newborn for an orphan.
        let newborn = "\(folder)/.new-\(name)"
        let file = open(newborn, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw DurableFile.failure("made") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0, rename(newborn, path) == 0 else {
            let failure = DurableFile.failure("made")
            close(file)
            unlink(newborn)
            throw failure
        }
        self.file = file
        try DurableFile.synchronizeFolder(folder)
    }

    /// An orphan; nil while somebody writes it, or when it is gone.
    init?(orphan name: String, in folder: String) throws(CofferError) {
        self.name = name
        path = "\(folder)/\(name)"
        let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw DurableFile.failure("read")
        }
        self.file = file
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else { return nil }
    }

    deinit { close(file) }

    /// When it was opened, to the minute; nil for a name that is not a journal's.
    static func opened(_ name: String) -> Milliseconds? {
        guard name.utf8.count == 16, let bytes = try? Hex.decode(name) else { return nil }
        return bytes.prefix(4).reduce(0) { $0 << 8 | Milliseconds($1) } * 60_000
    }

    /// Whether `rm` took it away. Ask with every `sync` and before closing.
    package var isRemoved: Bool {
        var status = stat()
        return fstat(file, &status) != 0 || status.st_nlink == 0
    }

    /// Adds bytes at the end. They are durable after the next `sync`.
    package func append(_ bytes: Bytes) throws(CofferError) { try DurableFile.append(bytes, to: file) }

    /// Makes what was appended durable: every half second while a segment is open.
    package func sync() throws(CofferError) { try DurableFile.synchronize(file) }

    /// Everything appended so far.
    package func contents() throws(CofferError) -> Bytes { try DurableFile.read(file, atMost: Self.maximumCount) }

    /// Takes it away, for a segment that stays empty. A closed one goes with `VaultDirectory.close`.
    package func remove() throws(CofferError) {
        if !isRemoved { try DurableFile.remove(path) }
    }
}
