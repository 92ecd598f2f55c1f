package import Glibc
package import Sealing

/// Small files that hold a secret. They are read into memory that is wiped, and written for their owner only, never
/// over an existing file.
package enum SecretFile {
    /// The largest such file.
    package static let maximumCount = 16_384

    /// Passes the file's bytes to `body` and wipes them afterwards. The pointer is valid inside the closure only.
    package static func read<R>(_ path: String, _ body: (UnsafeRawBufferPointer) throws(CofferError) -> R)
        throws(CofferError) -> R
    {
        var bytes: Bytes
        do throws(FileError) { bytes = try DiskFile(path, O_RDONLY).contents(atMost: maximumCount) } catch {
            let sentence =
                switch error {
                case _ where error.isTooLarge: "\(path) is too large to be a key."
                case _ where error.isMissing: "There is no file \(path)."
                default: "Cannot read \(path): \(error.reason)."
                }
            throw CofferError(.configuration, sentence)
        }
        defer { wipe(&bytes) }
        return try bytes.withUnsafeBytes { buffer in Result { () throws(CofferError) in try body(buffer) } }.get()
    }

    /// Throws when other users may read or write the file.
    package static func requireOwnersAlone(_ path: String) throws(CofferError) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 else { return }
        throw CofferError(
            .configuration, "Other users can access the private key \(path).",
            hint: "Run chmod 600 \(path). If somebody else may have read it, make a new key.")
    }

    /// Creates the file with these bytes and this mode, and makes it durable.
    package static func create(_ path: String, _ bytes: Bytes, mode: mode_t = 0o600) throws(CofferError) {
        do throws(FileError) { try Durable().create(bytes, at: path, mode: mode) } catch {
            let sentence =
                switch (error.operation, error.code) {
                case (.create, EEXIST): "\(path) already exists; a key is never overwritten."
                case (.create, _): "Cannot create \(path): \(error.reason)."
                default: "Cannot write \(path): \(error.reason)."
                }
            throw CofferError(.configuration, sentence)
        }
    }
}
