import ArgumentParser
import Foundation
import Sealing

/// A length of time on the command line: `90s`, `15m`, `8h`, `7d`.
struct DurationArgument: ExpressibleByArgument {
    let milliseconds: Milliseconds

    init(milliseconds: Milliseconds) { self.milliseconds = milliseconds }

    init?(argument: String) {
        let units: [Character: Milliseconds] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": millisecondsPerDay]
        guard let unit = argument.last.flatMap({ units[$0] }), argument.dropLast().allSatisfy(\.isASCII),
            let count = UInt64(argument.dropLast()), count <= 1 << 40
        else { return nil }
        milliseconds = count * unit
    }

    var defaultValueDescription: String {
        if milliseconds % millisecondsPerDay == 0, milliseconds > 0 {
            return "\(milliseconds / millisecondsPerDay)d"
        }
        if milliseconds % 3_600_000 == 0, milliseconds > 0 { return "\(milliseconds / 3_600_000)h" }
        return "\(Seconds(milliseconds))s"
    }
}

/// A UTC day on the command line: `2026-11-23`, `today`, or `-2d` before today.
struct DayArgument: ExpressibleByArgument {
    let day: Day

    init(day: Day) { self.day = day }

    init?(argument: String) {
        let today = Day(of: Now.milliseconds())
        if argument == "today" {
            day = today
        } else if argument.hasPrefix("-"), argument.hasSuffix("d"), let days = Day(argument.dropFirst().dropLast()) {
            guard days <= today else { return nil }
            day = today - days
        } else {
            guard argument.utf8.count == 10, let moment = Moment(argument: argument + "Z") else { return nil }
            day = Day(of: moment.first)
        }
    }
}

/// Days on the command line, both ends inclusive: `2026-11-01..2026-11-23` or a single day.
struct DayRange: ExpressibleByArgument {
    let from: Day
    let until: Day

    init?(argument: String) {
        let ends = argument.components(separatedBy: "..")
        guard (1...2).contains(ends.count), let first = DayArgument(argument: ends[0]),
            let last = DayArgument(argument: ends[ends.count - 1]), first.day <= last.day
        else { return nil }
        from = first.day
        until = last.day
    }
}
