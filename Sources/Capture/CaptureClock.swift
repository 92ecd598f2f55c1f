import Glibc
package import Sealing

/// The agent's clocks.
package struct CaptureClock: Sendable {
    /// By how many whole days the records' clock is behind, for demonstrations under a charter that allows it.
    package let demoDays: UInt64

    package init(demoDays: UInt64 = 0) { self.demoDays = demoDays }

    /// Real time.
    @Sendable package static func real() -> Milliseconds { read(CLOCK_REALTIME) }

    /// Monotonic time from an arbitrary start.
    @Sendable package static func uptime() -> Milliseconds { read(CLOCK_MONOTONIC) }

    /// The time for records.
    @Sendable package func now() -> Milliseconds {
        let real = Self.real()
        return real - demoDays * millisecondsPerDay
    }

    private static func read(_ clock: clockid_t) -> Milliseconds {
        var time = timespec()
        clock_gettime(clock, &time)
        return Milliseconds(Seconds(clamping: time.tv_sec)) + Milliseconds(clamping: time.tv_nsec / 1_000_000)
    }
}
