/// D(u) = "coffer/v1/" ‖ u ‖ 0x00: what a hash, a signature or a derived key is for (Design, "Notation").
///
/// No value made for one use is ever valid for another.
// swift-format-ignore: AlwaysUseLowerCamelCase
package func D(_ use: String) -> Bytes {
    var bytes = Bytes()
    bytes.reserveCapacity(64)
    bytes.append(contentsOf: "coffer/v1/".utf8)
    bytes.append(contentsOf: use.utf8)
    bytes.append(0)
    return bytes
}

/// Milliseconds since 1970, UTC.
package typealias Milliseconds = UInt64

/// A UTC day: floor(unix ms / 86,400,000).
package typealias Day = UInt32

/// A day's length in milliseconds.
package let millisecondsPerDay: Milliseconds = 86_400_000

extension Day {
    /// The day a moment falls in.
    package init(of time: Milliseconds) { self = Day(clamping: time / millisecondsPerDay) }

    /// The first moment of the day.
    package var start: Milliseconds { Milliseconds(self) * millisecondsPerDay }

    /// The Monday of its week. Day 0, 1970-01-01, was a Thursday.
    package var monday: Day { self - Swift.min(self, (self % 7 + 3) % 7) }
}
