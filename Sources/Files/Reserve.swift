import Glibc
package import Sealing

/// Space on the disk that is set apart for stops. When the disk is full, the file is given back, so that a stop can
/// still be written.
package struct Reserve: Sendable {
    private let path: String
    private let count: Int

    /// A file of so many bytes. It is made by `keep`.
    package init(_ path: String, count: Int) {
        self.path = path
        self.count = count
    }

    /// Sets the space apart unless it is already. Does nothing when the disk has no room or cannot be written: then
    /// stops do without.
    package func keep() {
        guard !DurableFile.exists(path) else { return }
        let newborn = path + ".tmp"
        unlink(newborn)
        guard let file = try? DiskFile(newborn, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600) else { return }
        guard (try? file.allocate(count)) != nil, rename(newborn, path) == 0 else {
            unlink(newborn)
            return
        }
    }

    /// Writes a stop's file. On a full disk it gives the space back and tries once more.
    @discardableResult
    package func write(_ bytes: Bytes, to file: String, existing: Durable.Existing = .replace) throws(CofferError)
        -> Bool
    {
        if existing == .keep, DurableFile.exists(file) { return false }
        return try DurableFile.explained { () throws(FileError) in
            let durable = Durable()
            do throws(FileError) { return try durable.write(bytes, to: file, existing: existing, mode: 0o600) } catch {
                guard error.isFull, unlink(path) == 0 else { throw error }
            }
            return try durable.write(bytes, to: file, existing: existing, mode: 0o600)
        }
    }
}
