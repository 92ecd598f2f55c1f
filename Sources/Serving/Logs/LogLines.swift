import Files
import Glibc
package import Logging
import Sealing

/// The format of a log line.
package enum LogFormat: String, CaseIterable, Sendable {
    /// `2026-11-24T09:12:04.120Z warning event="no cosignature" cosigner=1a2b3c4d`
    case text
    /// One JSON object per line.
    case json
}

/// The log of a server: only `ServerEvent`s and `LogField`s.
///
/// Libraries log here too, so that their errors are seen. A library's message may quote a request, so only its level and
/// its place in the source are logged.
package struct LogLines: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let format: LogFormat
    private let write: @Sendable (String) -> Void

    package init(
        level: Logger.Level, format: LogFormat, write: @escaping @Sendable (String) -> Void = Self.standardError
    ) {
        self.logLevel = level
        self.format = format
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: Logging.LogEvent) {
        let known = ServerEvent(rawValue: event.message.description)
        var fields: [(String, LogValue)] = []
        if known != nil {
            for (key, value) in (event.metadata ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard LogField(rawValue: key) != nil, case .stringConvertible(let value) = value,
                    let value = value as? LogValue
                else { continue }
                fields.append((key, value))
            }
        }
        if known == nil { fields = [(LogField.place.rawValue, .place(file: event.file, line: event.line))] }
        write(line(CivilTime(SystemClock.now()).rfc3339Milliseconds, event.level, known ?? .library, fields))
    }

    private func line(_ time: String, _ level: Logger.Level, _ event: ServerEvent, _ fields: [(String, LogValue)])
        -> String
    {
        switch format {
        case .text:
            fields.reduce("\(time) \(level.rawValue) event=\"\(event.rawValue)\"") { "\($0) \($1.0)=\($1.1)" } + "\n"
        case .json:
            fields.reduce("{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"event\":\"\(event.rawValue)\"") {
                $0 + (",\"\($1.0)\":" + ($1.1.isNumber ? "\($1.1)" : "\"\($1.1)\""))
            } + "}\n"
        }
    }

    /// Each line is one write, so that lines of several threads do not mix.
    package static let standardError: @Sendable (String) -> Void = { line in
        try? StreamOutput.write(Bytes(line.utf8), to: STDERR_FILENO)
    }
}

extension Logger {
    /// A log in this format; `write` receives each line, by default for stderr.
    package static func server(
        level: Logger.Level, format: LogFormat, write: @escaping @Sendable (String) -> Void = LogLines.standardError
    ) -> Logger {
        Logger(label: "coffer") { _ in LogLines(level: level, format: format, write: write) }
    }

    /// One event.
    package func say(_ level: Logger.Level, _ event: ServerEvent, _ fields: [LogField: LogValue] = [:]) {
        var metadata: Logger.Metadata = [:]
        for (field, value) in fields { metadata[field.rawValue] = .stringConvertible(value) }
        log(level: level, "\(event.rawValue)", metadata: metadata)
    }
}
