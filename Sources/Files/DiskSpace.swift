import Glibc

/// The room on the file system of a path, for processes without privileges (statvfs(3)).
package struct DiskSpace: Sendable {
    /// In bytes.
    package var free: UInt64
    package var size: UInt64
    /// How many more files can be made; nil where the file system has no such limit.
    package var freeFiles: UInt64?

    package init(free: UInt64, size: UInt64, freeFiles: UInt64? = nil) {
        self.free = free
        self.size = size
        self.freeFiles = freeFiles
    }

    /// Nil if the system does not say.
    package init?(at path: String) {
        var space = statvfs()
        guard statvfs(path, &space) == 0 else { return nil }
        func bytes(_ blocks: UInt) -> UInt64 {
            let (count, isTooLarge) = UInt64(blocks).multipliedReportingOverflow(by: UInt64(space.f_frsize))
            return isTooLarge ? .max : count
        }
        self.init(
            free: bytes(space.f_bavail), size: bytes(space.f_blocks),
            freeFiles: space.f_files > 0 ? UInt64(space.f_favail) : nil)
    }

    /// Whether what is left should be kept for other work: less than 5 %, and less than 4 GiB.
    package var isScarce: Bool { free < min(size / 20, 4 << 30) }
}
