internal import CLinux

/// Protections that every process with secrets sets up first.
package enum ProcessHardening {
    /// A system call failed with this errno.
    package struct HardeningError: Error, Equatable, Sendable {
        package let errno: Int32
    }

    /// Disables core dumps, and stops other processes of the same user from tracing this one or reading its memory.
    package static func apply() throws(HardeningError) {
        let result = coffer_forbid_dumps()
        guard result == 0 else { throw HardeningError(errno: result) }
    }
}
