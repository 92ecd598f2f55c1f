package import Glibc
package import Sealing

/// A file that a person names for a result, as with `-o`.
///
/// What stands at the name decides. A missing or regular file is written whole or not at all. A link
/// is followed to its file, and stays a link. A pipe or device is written into, and stays what it is. Anything else is
/// refused by name.
package enum OutputFile {
    /// Writes the file. False when `existing` keeps what is there. Without a mode a file keeps its own, and a new one has
    /// what the user's umask leaves of 0644.
    @discardableResult
    package static func write(
        _ bytes: Bytes, to path: String, existing: Durable.Existing = .replace, mode: mode_t? = nil
    ) throws(CofferError) -> Bool {
        var link = stat()
        let isThere = lstat(path, &link) == 0
        if existing == .keep, isThere { return false }
        do throws(FileError) {
            guard isThere else {
                return try Durable().write(bytes, to: path, existing: existing, mode: mode)
            }
            try replace(path, isLink: link.st_mode & S_IFMT == S_IFLNK, with: bytes, mode: mode)
            return true
        } catch {
            throw CofferError(
                .configuration, "\(path) cannot be written: \(error.reason).",
                hint: "Check its folder and the free space, or name another file.")
        }
    }

    /// Whether the name stands for a pipe or device, so that what is read there cannot be written back.
    package static func isStream(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && [S_IFIFO, S_IFCHR, S_IFSOCK].contains(status.st_mode & S_IFMT)
    }

    private static func replace(_ path: String, isLink: Bool, with bytes: Bytes, mode: mode_t?) throws(FileError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError(.write, code: errno) }
        let mode = mode ?? status.st_mode & 0o7777
        switch status.st_mode & S_IFMT {
        case S_IFREG where !isLink:
            try Durable().write(bytes, to: path, mode: mode)
        case S_IFREG:
            guard let target = realpath(path, nil) else { throw FileError(.write, code: errno) }
            defer { free(target) }
            try Durable().write(bytes, to: String(cString: target), mode: mode)
        case S_IFIFO, S_IFCHR:
            try DiskFile(path, O_WRONLY).write(bytes)
        case let type: throw FileError(.write, code: type == S_IFDIR ? EISDIR : ENXIO)
        }
    }
}
