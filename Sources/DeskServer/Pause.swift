import Glibc

/// A short wait that blocks the thread.
enum Pause {
    static func milliseconds(_ count: UInt32) { usleep(count * 1_000) }
}
