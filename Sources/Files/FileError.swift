import Glibc

/// A file-system operation that failed. It names no path: whoever knows the directory says which.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Operation: String, Sendable {
        case open, read, write, sync, rename, makeDirectory, list, remove, lock
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

    /// A sentence that says what to do, without the path.
    package var description: String {
        switch code {
        case ENOSPC, EDQUOT: "the disk is full: make room and start again"
        case EACCES, EPERM: "permission denied: give this user the right to \(operation.rawValue) there"
        case EROFS: "the file system is read-only: mount it for writing"
        case ENOENT, ENOTDIR: "there is no such file or directory"
        case EWOULDBLOCK where operation == .lock: "another process is using it: stop that one first"
        default: "\(operation.rawValue) failed: \(Self.text(code))"
        }
    }

    private static func text(_ code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
