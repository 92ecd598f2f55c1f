/// A UTC day: floor(unix ms / 86,400,000).
package typealias Day = UInt32

/// A day's length in milliseconds.
package let millisecondsPerDay: Milliseconds = 86_400_000

extension Day {
    /// The day of a moment.
    package init(of time: Milliseconds) { self = Day(clamping: time / millisecondsPerDay) }

    /// The first moment of the day.
    package var start: Milliseconds { self * millisecondsPerDay }

    /// The Monday of its week. Day 0, 1970-01-01, was a Thursday.
    package var monday: Day { self - Swift.min(self, (self % 7 + 3) % 7) }
}
