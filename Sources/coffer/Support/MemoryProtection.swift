import CLinux
import Files

/// Keeps what a process with keys or records has in memory away from the swap area of a disk (Design, "Cryptography").
enum MemoryProtection {
    /// Wipes memory that is freed, and locks all of it where this user may lock as much as there is.
    static func begin() {
        coffer_wipe_freed_memory()
        _ = coffer_lock_all_memory()
    }

    /// A swap area that could hold memory of such a process in clear.
    static var exposingSwap: String? {
        if coffer_may_lock_all_memory() != 0 { return nil }
        return SwapSpace().unencrypted().first
    }
}
