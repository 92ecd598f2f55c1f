import ArgumentParser
import Files
import Foundation
import Sealing
import Synchronization

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

/// The two streams. Nothing else in the program writes to them, so each failure has one answer.
///
/// A result that cannot be written to stdout is an error of the command, told at its end: a command that has begun to
/// stop something goes on, and its own verdict has the exit code. When the reader of stdout went away, the command ends
/// without a word. Stderr never changes what a command does: one that is full, closed or abandoned loses the message.
enum Output {
    /// The first failure of stdout. After it nothing more is written there, so no line is written in part.
    private static let failed = Mutex<FileError?>(nil)

    /// Writes a line of data to stdout.
    static func data(_ line: String) { bytes(Bytes((ForeignText.lines(line) + "\n").utf8)) }

    /// Writes one of many lines of data to stdout. Throws once stdout has failed, so that the rest is not made.
    static func item(_ line: String) throws {
        data(line)
        try check()
    }

    /// Shows a line on the terminal of stderr until the next message or result.
    static func bar(_ line: String) {
        isBarShown.withLock { $0 = true }
        _ = failure { () throws(FileError) in
            try write(Bytes(("\r\(ForeignText.line(line))\u{1b}[K").utf8), STDERR_FILENO)
        }
    }

    /// Whether a bar stands on the last line.
    private static let isBarShown = Mutex(false)

    private static func clearBar() {
        let wasShown = isBarShown.withLock { shown in
            defer { shown = false }
            return shown
        }
        if wasShown { _ = failure { () throws(FileError) in try write(Bytes("\r\u{1b}[K".utf8), STDERR_FILENO) } }
    }

    /// Writes bytes to stdout as they are.
    static func bytes(_ bytes: Bytes) {
        clearBar()
        failed.withLock { failed in
            if failed == nil { failed = failure { () throws(FileError) in try write(bytes, STDOUT_FILENO) } }
        }
    }

    /// Writes a message to stderr.
    static func talk(_ line: String) {
        clearBar()
        _ = failure { () throws(FileError) in
            try write(Bytes((ForeignText.lines(line) + "\n").utf8), STDERR_FILENO)
        }
    }

    /// Closes stdout at the end of a command, since some file systems report only then that data was lost, and throws
    /// if anything was.
    static func finish() throws {
        let closed = close(STDOUT_FILENO) == 0 || errno == EBADF || errno == EINTR ? nil : errno
        failed.withLock { failed in failed = failed ?? closed.map { FileError(.write, code: $0) } }
        try check()
    }

    /// Throws if a write to stdout has failed.
    static func check() throws {
        guard let error = failed.withLock({ $0 }) else { return }
        if error.code == EPIPE { throw ExitCode(CofferError.Code.no.rawValue) }
        throw CofferError(
            .configuration, "The result cannot be written to stdout: \(error.reason).",
            hint: "What the command did stays done; only its result is lost.")
    }

    private static func write(_ bytes: Bytes, _ descriptor: Int32) throws(FileError) {
        try StreamOutput.write(bytes, to: descriptor)
    }

    private static func failure(_ body: () throws(FileError) -> Void) -> FileError? {
        do throws(FileError) { try body() } catch { return error }
        return nil
    }
}

/// How commands write times and days.
extension Output {
    /// RFC 3339 UTC with milliseconds, for machines.
    static func rfc3339(_ time: Milliseconds) -> String { CivilTime(time).rfc3339Milliseconds }

    /// UTC with its mark, for people, as options take it: 2026-11-23T09:12:04Z.
    static func utc(_ time: Milliseconds) -> String { CivilTime(time).rfc3339 }

    /// A UTC day as 2026-11-23.
    static func date(_ day: Day) -> String { CivilTime(day).date }
}

/// The current time; the only place where commands read the clock.
enum Now {
    @Sendable static func milliseconds() -> Milliseconds {
        Milliseconds(clamping: Date().timeIntervalSince1970 * 1000)
    }
}
