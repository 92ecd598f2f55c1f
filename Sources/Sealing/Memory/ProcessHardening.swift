internal import CLinux

/// What every process that holds secrets does first.
package enum ProcessHardening {
    /// The system call that failed, by its errno.
    package struct HardeningError: Error, Equatable, Sendable {
        package let errno: Int32
    }

    /// No core dumps, and no other process of the same user may trace this one or read its memory.
    package static func apply() throws(HardeningError) {
        let result = coffer_forbid_dumps()
        guard result == 0 else { throw HardeningError(errno: result) }
    }
}
