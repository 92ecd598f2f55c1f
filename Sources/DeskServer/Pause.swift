import Glibc

/// A short wait of a thread that has nothing else to do.
enum Pause {
    static func milliseconds(_ count: UInt32) { usleep(count * 1_000) }
}
