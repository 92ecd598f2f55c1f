import ArgumentParser
import Foundation
import Sealing

/// stdout is data, stderr is talk (CLI.md, conventions).
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON object (NDJSON for streams).")
    var json = false

    /// With `--json` the object, a `schema` member first; otherwise the text for people.
    func data(_ schema: String, _ members: [(String, JSONValue)], text: @autoclosure () -> String) {
        Output.data(json ? JSONValue.object([("schema", .string("coffer.\(schema).v1"))] + members).text : text())
    }

    /// Something for the person, never for a script: silent with `--json`.
    func talk(_ text: String) { if !json { Output.talk(text) } }
}

/// The two streams.
enum Output {
    /// A line of data on stdout.
    static func data(_ line: String) { write(line + "\n", to: .standardOutput) }

    /// A line of talk on stderr.
    static func talk(_ line: String) { write(line + "\n", to: .standardError) }

    private static func write(_ text: String, to handle: FileHandle) {
        try? handle.write(contentsOf: Data(text.utf8))
    }

    /// RFC 3339 UTC with milliseconds, for machines.
    static func rfc3339(_ time: Milliseconds) -> String {
        let seconds = Date(timeIntervalSince1970: Double(time / 1000))
        let whole = seconds.formatted(.iso8601.dateSeparator(.dash).timeSeparator(.colon))
        return String(whole.dropLast()) + String(format: ".%03dZ", Int(time % 1000))
    }

    /// Local time, for people.
    static func local(_ time: Milliseconds) -> String {
        Date(timeIntervalSince1970: Double(time) / 1000).formatted(
            .verbatim(
                "\(year: .defaultDigits)-\(month: .twoDigits)-\(day: .twoDigits) \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits)",
                timeZone: .current, calendar: Calendar(identifier: .gregorian)))
    }

    /// A UTC day as 2026-11-23.
    static func date(_ day: Day) -> String { String(rfc3339(day.start).prefix(10)) }
}

/// The clock, in one place.
enum Now {
    @Sendable static func milliseconds() -> Milliseconds {
        Milliseconds(Date().timeIntervalSince1970 * 1000)
    }
}
