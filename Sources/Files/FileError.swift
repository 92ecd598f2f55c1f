import Glibc
package import Sealing

/// A file-system operation that failed. It names no path: the caller, who knows the path, says which.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Operation: String, Sendable {
        case open, create, read, write, sync, rename, makeDirectory, list, remove, lock
    }

    package let operation: Operation
    /// The system's errno.
    package let code: Int32

    package init(_ operation: Operation, code: Int32) {
        self.operation = operation
        self.code = code
    }

    package var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    package var isFull: Bool { code == ENOSPC || code == EDQUOT }
    /// The file is larger than the reader's limit, or it is not a regular file.
    package var isTooLarge: Bool { operation == .read && [EFBIG, EISDIR, ESPIPE].contains(code) }
    /// Another process holds the lock.
    package var isHeld: Bool { operation == .lock && code == EWOULDBLOCK }

    /// A sentence that says what to do, without the path.
    package var description: String {
        switch code {
        case ENOSPC, EDQUOT: "the disk is full: make room and start again"
        case EACCES, EPERM: "permission denied: give this user the right to \(operation.rawValue) there"
        case EROFS: "the file system is read-only: mount it for writing"
        case ENOENT, ENOTDIR: "there is no such file or directory"
        case EFBIG where isTooLarge: "the file is larger than anything Coffer writes there"
        case ESPIPE where isTooLarge: "it is no regular file"
        case EWOULDBLOCK where isHeld: "another process is using it: stop that one first"
        default: "\(operation.rawValue) failed: \(reason)"
        }
    }

    /// The system's text for the errno.
    package var reason: String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}

extension CofferError {
    /// The rule of the error for a disk without room.
    package static let fullDisk = "disk.full"

    /// The error that a person reads. It names no path, so that names of vaults and folders stay out of logs.
    package init(_ error: FileError) {
        let done =
            switch error.operation {
            case .create, .makeDirectory: "made"
            case .open, .read, .list: "read"
            case .write: "written"
            case .sync: "made durable"
            case .rename: "put in place"
            case .remove: "removed"
            case .lock: "locked"
            }
        switch error.code {
        case _ where error.isFull:
            self.init(
                .configuration, "The disk is full.", rule: Self.fullDisk,
                hint: "Free some space and try again; nothing was lost.")
        case _ where error.isTooLarge:
            self.init(.tampering, "A file is larger than anything Coffer writes there, or no regular file.")
        case EACCES, EPERM, EROFS:
            self.init(
                .configuration, "A file could not be \(done): permission denied.",
                hint: "Check who owns the folder and whether it is writable.")
        case ENOENT, ENOTDIR:
            self.init(.configuration, "A file could not be \(done): its folder is missing.", hint: "Check the path.")
        default:
            self.init(.configuration, "A file could not be \(done) (system error \(error.code)).")
        }
    }
}
