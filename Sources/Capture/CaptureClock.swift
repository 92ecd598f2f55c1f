import Glibc
package import Sealing

/// The agent's clocks.
package struct CaptureClock: Sendable {
    /// Whole days that the records' clock is behind, for demonstrations under a charter that says so.
    package let demoDays: UInt64

    package init(demoDays: UInt64 = 0) { self.demoDays = demoDays }

    /// Real time.
    @Sendable package static func real() -> Milliseconds { read(CLOCK_REALTIME) }

    /// Time that never jumps, from an arbitrary start.
    @Sendable package static func uptime() -> Milliseconds { read(CLOCK_MONOTONIC) }

    /// The records' time.
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
