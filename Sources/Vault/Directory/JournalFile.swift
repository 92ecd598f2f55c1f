import Files
import Glibc
package import Sealing

/// The file of one open segment. Its writer holds its lock; a journal without a lock is an orphan.
///
/// `rm` may remove a journal while it is open. Then `isRemoved` is true, and the writer must forget its records.
package final class JournalFile: Sendable {
    /// A journal's size limit in bytes: twice a segment's records, and its prologue.
    package static let maximumCount = 24 << 20

    /// u32 minutes since 1970 at which it was opened, then four random bytes, in hex.
    package let name: String
    private let path: String
    private let file: DiskFile

    /// A new journal, opened at a time of the *records'* clock.
    init(in directory: String, opened: Milliseconds) throws(CofferError) {
        var stamp = ByteWriter()
        stamp.u32(UInt32(clamping: (opened / 60_000).rawValue))
        stamp.append((0..<4).map { _ in UInt8.random(in: 0...255) })
        name = Hex.encode(stamp.bytes)
        path = "\(directory)/\(name)"
        // It is locked before it gets its final name, so that no process takes it for an orphan.
        let newborn = "\(directory)/.new-\(name)"
        do throws(FileError) {
            file = try DiskFile(newborn, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, mode: 0o600)
            do throws(FileError) {
                try file.lock(LOCK_EX | LOCK_NB)
                try DiskFileSystem().rename(newborn, to: path)
            } catch {
                unlink(newborn)
                throw error
            }
            try DiskFileSystem().syncDirectory(directory)
        } catch {
            throw CofferError(error)
        }
    }

    /// Opens an orphan; nil while a process writes it, or when it does not exist.
    init?(orphan name: String, in directory: String) throws(CofferError) {
        self.name = name
        path = "\(directory)/\(name)"
        do throws(FileError) {
            file = try DiskFile(path, O_RDWR | O_NOFOLLOW)
            try file.lock(LOCK_EX | LOCK_NB)
        } catch {
            guard error.isHeld || error.isMissing else { throw CofferError(error) }
            return nil
        }
    }

    /// When it was opened, to the minute; nil for a name that is not a journal's.
    static func opened(_ name: String) -> Milliseconds? {
        guard name.utf8.count == 16, let bytes = try? Hex.decode(name) else { return nil }
        return Milliseconds(rawValue: bytes.prefix(4).reduce(0) { $0 << 8 | UInt64($1) } * 60_000)
    }

    /// Whether `rm` removed it. Check with every `sync` and before closing.
    package var isRemoved: Bool { file.isRemoved }

    /// Adds bytes at the end. They are durable after the next `sync`.
    package func append(_ bytes: Bytes) throws(CofferError) {
        try DurableFile.explained { () throws(FileError) in try file.write(bytes) }
    }

    /// Makes the appended bytes durable. The agent calls it every half second while a segment is open.
    package func sync() throws(CofferError) { try DurableFile.explained { () throws(FileError) in try file.sync() } }

    /// Everything appended so far.
    package func contents() throws(CofferError) -> Bytes {
        try DurableFile.explained { () throws(FileError) in try file.contents(atMost: Self.maximumCount) }
    }

    /// Removes the journal of a segment that stays empty. `VaultDirectory.close` removes that of a closed one.
    package func remove() throws(CofferError) {
        if !isRemoved { try DurableFile.remove(path) }
    }
}
