import Glibc
package import Sealing
import Synchronization

/// A file that a person names as input. It may be a pipe, as a shell makes for `<(…)`.
package enum InputFile {
    /// What was read from pipes: a pipe can be read once, and a command may need its input in two places.
    private static let pipes = Mutex<[Identity: Bytes]>([:])

    /// What tells one pipe from another, whatever its path is.
    private struct Identity: Hashable {
        let device: dev_t
        let number: ino_t
    }

    /// The whole file. Refuses a larger one, and reads no more of a pipe than that.
    package static func read(_ path: String, atMost limit: Int) throws(CofferError) -> Bytes {
        let pipe = pipe(path)
        if let pipe, let known = pipes.withLock({ $0[pipe] }) {
            guard known.count <= limit else { throw tooLarge(path, limit) }
            return known
        }
        do throws(FileError) {
            let bytes = try DiskFile(path, O_RDONLY).contents(atMost: limit)
            if let pipe { pipes.withLock { $0[pipe] = bytes } }
            return bytes
        } catch {
            switch error {
            case _ where error.isMissing: throw CofferError(.notFound, "There is no file \(path).")
            case _ where error.code == EISDIR: throw CofferError(.usage, "\(path) is a folder, not a file.")
            case _ where error.isTooLarge: throw tooLarge(path, limit)
            default:
                throw CofferError(
                    .configuration, "\(path) cannot be read: \(error.reason).", hint: "Check its permissions.")
            }
        }
    }

    private static func pipe(_ path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return nil }
        return Identity(device: status.st_dev, number: status.st_ino)
    }

    private static func tooLarge(_ path: String, _ limit: Int) -> CofferError {
        let size = limit >> 20 > 0 ? "\(limit >> 20) MiB" : "\(limit) bytes"
        return CofferError(.usage, "\(path) is not a file of at most \(size).", hint: "Check the path.")
    }
}
