import Glibc
package import Logging
import Sealing

/// How a line of the log looks.
package enum LogFormat: String, CaseIterable, Sendable {
    /// `2026-11-24T09:12:04.120Z warning event="no cosignature" cosigner=1a2b3c4d`
    case text
    /// One object a line.
    case json
}

/// The log: `ServerEvent`s and `LogField`s, nothing else.
///
/// Libraries log here too, so that their alarms are seen; but their words may quote a request, so that only their level
/// and that there was something stands in the line.
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

    /// One write a line, so that lines of several threads do not mix.
    package static let standardError: @Sendable (String) -> Void = { line in
        var bytes = Bytes(line.utf8)
        _ = bytes.withUnsafeMutableBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

extension Logger {
    /// A log of this form on stderr, or wherever `write` puts a line.
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
