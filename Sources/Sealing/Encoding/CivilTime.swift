/// A moment as a calendar date and clock time in UTC, the same on every machine.
///
/// Computed here (days from civil, Hinnant) for speed: an answer may hold hundreds of thousands of times.
package struct CivilTime: Hashable, Sendable {
    package let year: Int
    package let month: Int
    package let day: Int
    package let hour: Int
    package let minute: Int
    package let second: Int
    package let millisecond: Int

    package init(_ time: Milliseconds) {
        let shifted = Int(clamping: time / millisecondsPerDay) + 719_468
        let era = shifted / 146_097
        let ofEra = shifted % 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * ofYear + 2) / 153
        day = ofYear - (153 * fromMarch + 2) / 5 + 1
        month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let ofDay = Int(clamping: (time % millisecondsPerDay).rawValue)
        hour = ofDay / 3_600_000
        minute = ofDay / 60_000 % 60
        second = ofDay / 1_000 % 60
        millisecond = ofDay % 1_000
    }

    /// The first moment of a day.
    package init(_ day: Day) { self.init(day.start) }

    /// 2026-11-23
    package var date: String { "\(year)-\(Self.two(month))-\(Self.two(day))" }

    /// 09:05:12
    package var clock: String { "\(toMinute):\(Self.two(second))" }

    /// 09:05
    package var toMinute: String { "\(Self.two(hour)):\(Self.two(minute))" }

    /// 2026-11-23T09:05:12Z: RFC 3339 in whole seconds.
    package var rfc3339: String { "\(date)T\(clock)Z" }

    /// 2026-11-23T09:05:12.040Z: RFC 3339 with milliseconds.
    package var rfc3339Milliseconds: String {
        let digits = String(millisecond)
        return "\(date)T\(clock).\(String(repeating: "0", count: 3 - digits.count))\(digits)Z"
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
