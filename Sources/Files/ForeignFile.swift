import Glibc
package import Sealing

/// A regular file of another tool, read from its start to its end. It never waits: a pipe or a device is refused.
package final class ForeignFile {
    private let descriptor: Int32

    /// `follows` is whether the name may be a symbolic link. Throws `isTooLarge` for what is not a regular file.
    package init(_ path: String, follows: Bool) throws(FileError) {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follows ? 0 : O_NOFOLLOW)
        descriptor = Int32(try call(.open) { Int(open(path, flags)) })
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(.read, code: EISDIR)
        }
    }

    deinit { close(descriptor) }

    /// The next bytes: exactly this many, or fewer at the end.
    package func read(_ count: Int) throws(FileError) -> Bytes {
        try readAll(count) { rest, _ in Glibc.read(descriptor, rest.baseAddress, rest.count) }
    }

    /// The real path of a file inside a directory; nil if it is missing, or leads out of the directory.
    package static func inside(_ directory: String, _ name: String) -> String? {
        guard let root = realpath(directory, nil) else { return nil }
        defer { free(root) }
        guard let path = realpath("\(directory)/\(name)", nil) else { return nil }
        defer { free(path) }
        let parent = String(cString: root)
        let real = String(cString: path)
        return real.hasPrefix(parent == "/" ? "/" : parent + "/") ? real : nil
    }
}
