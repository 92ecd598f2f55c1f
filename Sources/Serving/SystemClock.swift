import Glibc
package import Sealing

/// This machine's clock.
package enum SystemClock {
    @Sendable package static func now() -> Milliseconds {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Milliseconds(Seconds(clamping: time.tv_sec)) + Milliseconds(clamping: time.tv_nsec / 1_000_000)
    }
}
