/// A calendar date and clock time as people write them, without a time zone.
///
/// A zone that sets its clocks back repeats a time: what is written then names two moments. A zone that sets them forward
/// leaves a time out: what is written then names the next moment that exists.
package struct LocalTime: Hashable, Sendable {
    /// Milliseconds since 1970 as a clock in UTC would show this time.
    private let shown: Int

    /// Reads `2026-11-23`, `2026-11-23T09:12`, `2026-11-23T09:12:04` or `2026-11-23T09:12:04.040`, from 1970 on. Nil for
    /// everything else.
    package init?(_ text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        // The number of exactly so many digits that comes next, if it is in the range.
        func number(_ digits: Int, in range: ClosedRange<Int>, after mark: Unicode.Scalar? = nil) -> Int? {
            if let mark, rest.popFirst() != UInt8(ascii: mark) { return nil }
            guard rest.count >= digits else { return nil }
            var value = 0
            for _ in 0..<digits {
                guard let digit = rest.popFirst(), (48...57).contains(digit) else { return nil }
                value = value * 10 + Int(digit - 48)
            }
            return range.contains(value) ? value : nil
        }
        guard let year = number(4, in: 1970...9999), let month = number(2, in: 1...12, after: "-"),
            let day = number(2, in: 1...Self.days(month, of: year), after: "-")
        else { return nil }
        var clock = [0, 0, 0, 0]
        if !rest.isEmpty {
            guard let hour = number(2, in: 0...23, after: "T"), let minute = number(2, in: 0...59, after: ":")
            else { return nil }
            clock[0] = hour
            clock[1] = minute
            for (part, mark, digits, most) in [(2, ":", 2, 59), (3, ".", 3, 999)] as [(Int, Unicode.Scalar, Int, Int)]
            where !rest.isEmpty {
                guard let value = number(digits, in: 0...most, after: mark) else { return nil }
                clock[part] = value
            }
        }
        guard rest.isEmpty else { return nil }
        let date = Self.day(year, month, day)
        shown = ((date * 24 + clock[0]) * 60 + clock[1]) * 60_000 + clock[2] * 1_000 + clock[3]
    }

    /// The first and the last moment at which a clock of the zone shows this time; twice the next moment that exists if
    /// none does. `offset` is by how many milliseconds the zone's clocks are ahead of UTC at a moment.
    package func moments(offset: (Milliseconds) -> Int) -> (first: Milliseconds, last: Milliseconds) {
        func ahead(_ moment: Int) -> Int { offset(Milliseconds(clamping: moment)) }
        // No zone is further than a day from UTC, and no change is greater than a day.
        let around = Set((-48...48).map { ahead(shown + $0 * 3_600_000) })
        let exact = around.map { shown - $0 }.filter { ahead($0) == shown - $0 }.sorted()
        if let first = exact.first, let last = exact.last {
            return (Milliseconds(clamping: first), Milliseconds(clamping: last))
        }
        // Before the change clocks show less than this time, after it more.
        var before = shown - (around.max() ?? 0)
        var after = shown - (around.min() ?? 0)
        while after - before > 1 {
            let middle = before + (after - before) / 2
            if middle + ahead(middle) < shown { before = middle } else { after = middle }
        }
        return (Milliseconds(clamping: after), Milliseconds(clamping: after))
    }

    /// The moment at which a clock that is ahead of UTC by so many milliseconds shows this time.
    package func moment(ahead offset: Int) -> Milliseconds { Milliseconds(clamping: shown - offset) }

    private static func days(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970 (days from civil, Hinnant), the inverse of `CivilTime`.
    private static func day(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let fromMarch = month <= 2 ? year - 1 : year
        let era = fromMarch / 400
        let ofEra = fromMarch % 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
}
