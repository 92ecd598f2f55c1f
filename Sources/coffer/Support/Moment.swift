import ArgumentParser
import Foundation
import Sealing

/// A moment on the command line: `2026-11-23`, `2026-11-23T09:12[:04]` (local time), or the same with `Z` (UTC).
///
/// A local time that a change of clocks repeats names two moments. As the begin of a range it is the first of them, as
/// the end the last, so that a range has both passes of the hour.
struct Moment: ExpressibleByArgument {
    let first: Milliseconds
    let last: Milliseconds

    init?(argument: String) {
        let isUTC = argument.hasSuffix("Z")
        guard let time = LocalTime(isUTC ? argument.dropLast() : argument[...]) else { return nil }
        let zone: TimeZone = isUTC ? .gmt : .current
        (first, last) = time.moments { moment in
            1_000 * zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.rawValue) / 1_000))
        }
    }
}
