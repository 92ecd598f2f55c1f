import Files
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

    fileprivate static func read(_ clock: clockid_t) -> Milliseconds {
        var time = timespec()
        clock_gettime(clock, &time)
        return Milliseconds(Seconds(clamping: time.tv_sec)) + Milliseconds(clamping: time.tv_nsec / 1_000_000)
    }
}

/// A moment by the clock that counts from the machine's start, suspensions included. Nobody can set that clock.
package struct BootTime: Hashable, Sendable {
    /// The kernel's name of this run of the machine (`random(4)`, boot_id).
    package var boot: String
    package var time: Milliseconds

    package init(boot: String, time: Milliseconds) {
        self.boot = boot
        self.time = time
    }
}

/// Now, by the wall clock and by the one that nobody can set.
package struct CaptureMoment: Hashable, Sendable {
    package var real: Milliseconds
    package var sinceBoot: BootTime

    package init(real: Milliseconds, sinceBoot: BootTime) {
        self.real = real
        self.sinceBoot = sinceBoot
    }

    @Sendable package static func now() -> CaptureMoment {
        CaptureMoment(
            real: CaptureClock.real(), sinceBoot: BootTime(boot: boot, time: CaptureClock.read(CLOCK_BOOTTIME)))
    }

    private static let boot: String = {
        let bytes = try? ForeignFile("/proc/sys/kernel/random/boot_id", follows: false).read(64)
        return String(decoding: (bytes ?? []).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }()
}
