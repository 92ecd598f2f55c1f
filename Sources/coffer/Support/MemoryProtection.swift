import CLinux
import Files
import Foundation

/// Keeps what a process with keys or records has in memory away from the swap area of a disk (Design, "Cryptography").
enum MemoryProtection {
    /// Has the allocator of the C library wipe whatever is freed. Without the first setting it keeps small pieces as they
    /// are for its next use.
    static let allocator = "GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.perturb=165"

    /// Starts this program again in the same process if its allocator does not wipe yet: the C library reads its settings
    /// only when a program starts. Call it before there is a secret.
    static func startWithWipingAllocator() {
        let name = allocator.prefix { $0 != "=" }
        let value = allocator.dropFirst(name.count + 1)
        if let set = getenv(String(name)), String(cString: set) == value { return }
        setenv(String(name), String(value), 1)
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        // The link itself leads to a program that was replaced meanwhile. If neither can be started, the allocator wipes
        // less, and everything else is as it would be.
        execv(program, CommandLine.unsafeArgv)
        execv("/proc/self/exe", CommandLine.unsafeArgv)
    }

    /// Wipes memory that is freed, and locks all of it where this user may lock as much as there is.
    @discardableResult
    static func begin() -> MemoryHold {
        coffer_wipe_freed_memory()
        return hold(isLocked: coffer_lock_all_memory() != 0)
    }

    /// How a process of this user that holds secrets would keep its memory.
    static var here: MemoryHold { hold(isLocked: coffer_may_lock_all_memory() != 0) }

    private static func hold(isLocked: Bool) -> MemoryHold {
        isLocked ? .locked : SwapSpace().isForbidden ? .unswapped : .partly
    }
}
