import ArgumentParser
import Foundation
import Sealing

/// Writes data to stdout and messages to stderr (CommandLine, "Conventions").
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON object (NDJSON for streams).")
    var json = false

    /// Prints the object with `--json`, with a first `schema` member; otherwise the text for people.
    func data(_ schema: String, _ members: [(String, JSONValue)], text: @autoclosure () -> String) {
        Output.data(line(schema, members, text: text()))
    }

    /// The same line as a string, for a caller that writes many at once.
    func line(_ schema: String, _ members: [(String, JSONValue)], text: @autoclosure () -> String) -> String {
        json ? JSONValue.object([("schema", .string("coffer.\(schema).v1"))] + members).text : text()
    }

    /// Prints a message for people on stderr; prints nothing with `--json`.
    func talk(_ text: String) { if !json { Output.talk(text) } }
}

/// The two streams.
enum Output {
    /// Writes a line of data to stdout.
    static func data(_ line: String) { write(line + "\n", to: .standardOutput) }

    /// Writes a message to stderr.
    static func talk(_ line: String) { write(line + "\n", to: .standardError) }

    private static func write(_ text: String, to handle: FileHandle) {
        try? handle.write(contentsOf: Data(text.utf8))
    }

    /// RFC 3339 UTC with milliseconds, for machines.
    static func rfc3339(_ time: Milliseconds) -> String { CivilTime(time).rfc3339Milliseconds }

    /// Local time, for people.
    static func local(_ time: Milliseconds) -> String {
        let offset = TimeZone.current.secondsFromGMT(for: Date(timeIntervalSince1970: Double(Seconds(time).rawValue)))
        let local = CivilTime(Milliseconds(clamping: Int64(min(time.rawValue, 1 << 62)) + Int64(offset) * 1000))
        return "\(local.date) \(local.clock)"
    }

    /// A UTC day as 2026-11-23.
    static func date(_ day: Day) -> String { CivilTime(day).date }
}

/// The current time; the only place where commands read the clock.
enum Now {
    @Sendable static func milliseconds() -> Milliseconds {
        Milliseconds(clamping: Date().timeIntervalSince1970 * 1000)
    }
}
