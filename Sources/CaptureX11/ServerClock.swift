package import Sealing

/// How long ago an event happened, by the X server's clock.
///
/// That clock has 32 bits of milliseconds and an arbitrary start. The smallest difference to this machine's clock that
/// was seen belongs to an event that came at once; what is more is delay.
package struct ServerClock {
    private var smallest: UInt32?
    private var relaxed: Milliseconds = 0

    /// The clock of a distant server may be slower by one part in this many.
    private static let drift: Milliseconds = 10_000

    package init() {}

    /// The age of an event of this time of the server, seen at `uptime`.
    package mutating func age(of time: UInt32, at uptime: Milliseconds) -> Milliseconds {
        let difference = UInt32(truncatingIfNeeded: uptime.rawValue) &- time
        guard var smallest, relaxed <= uptime else {
            smallest = difference
            relaxed = uptime
            return 0
        }
        let steps = (uptime - relaxed).rawValue / Self.drift.rawValue
        smallest &+= UInt32(truncatingIfNeeded: steps)
        relaxed += Milliseconds(rawValue: steps * Self.drift.rawValue)
        // Half of the circle is the past.
        let age = Int32(bitPattern: difference &- smallest)
        if age < 0 { smallest = difference }
        self.smallest = smallest
        return Milliseconds(clamping: max(0, age))
    }
}
