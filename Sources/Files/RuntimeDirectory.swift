import Glibc
package import Sealing

/// The directory of the sockets. Who may write there can put a socket of his own in the place of one, so it must be
/// this user's alone.
package enum RuntimeDirectory {
    /// Throws when the directory is a link, somebody else's, or open to others. A missing one is nobody's.
    package static func check(_ path: String, user: UInt32 = geteuid()) throws(CofferError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw refusal(path, "cannot be read") }
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: break
        case S_IFLNK: throw refusal(path, "is a link")
        default: throw refusal(path, "is no folder")
        }
        guard status.st_uid == user else { throw refusal(path, "belongs to another user") }
        guard status.st_mode & 0o077 == 0 else { throw refusal(path, "is open to other users") }
    }

    private static func refusal(_ path: String, _ why: String) -> CofferError {
        CofferError(
            .configuration, "The runtime folder \(path) \(why), so its sockets are not trusted.",
            hint: "Make it a folder of yours with mode 0700, or set XDG_RUNTIME_DIR or COFFER_HOME to another place.")
    }
}
