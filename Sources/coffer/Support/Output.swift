import ArgumentParser
import Foundation
import Sealing

/// stdout is data, stderr is talk (CLI.md, conventions).
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON object (NDJSON for streams).")
    var json = false

    /// With `--json` the object, a `schema` member first; otherwise the text for people.
    func data(_ schema: String, _ members: [(String, JSONValue)], text: @autoclosure () -> String) {
        Output.data(line(schema, members, text: text()))
    }

    /// That line, for whoever writes many at once.
    func line(_ schema: String, _ members: [(String, JSONValue)], text: @autoclosure () -> String) -> String {
        json ? JSONValue.object([("schema", .string("coffer.\(schema).v1"))] + members).text : text()
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
        let (date, clock) = civil(time)
        let rest = String(time % 1000)
        return "\(date)T\(clock).\(String(repeating: "0", count: 3 - rest.count))\(rest)Z"
    }

    /// Local time, for people.
    static func local(_ time: Milliseconds) -> String {
        let offset = TimeZone.current.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time / 1000)))
        let (date, clock) = civil(Milliseconds(max(0, Int64(min(time, 1 << 62)) + Int64(offset) * 1000)))
        return "\(date) \(clock)"
    }

    /// Date and time of day, reckoned here: an answer may hold hundreds of thousands (days from civil, Hinnant).
    private static func civil(_ time: Milliseconds) -> (date: String, clock: String) {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let shifted = Int(time / millisecondsPerDay) + 719_468
        let era = shifted / 146_097
        let ofEra = shifted % 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * month + 2) / 5 + 1
        let civil = month < 10 ? month + 3 : month - 9
        let year = String(yearOfEra + era * 400 + (civil <= 2 ? 1 : 0))
        let seconds = Int(time / 1_000 % 86_400)
        return (
            "\(String(repeating: "0", count: max(0, 4 - year.count)))\(year)-\(two(civil))-\(two(day))",
            "\(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        )
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
