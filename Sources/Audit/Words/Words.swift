import Rules
import Sealing

/// Numbers, times and names as sentences hold them.
enum Words {
    static func count(_ count: Int, _ noun: String, _ plural: String = "s") -> String {
        "\(count) \(noun)\(count == 1 ? "" : plural)"
    }

    static func list(_ kinds: [Kind], _ apps: [AppName]) -> String {
        "\(kinds.map(\.rawValue).joined(separator: ", ")) of \(apps.map(\.string).joined(separator: ", "))"
    }

    static func time(_ time: Milliseconds) -> String { CivilTime(time).rfc3339 }

    static func day(_ day: Day) -> String { CivilTime(day).date }

    /// A length of time, exactly.
    static func span(_ time: Milliseconds) -> String {
        for (unit, name) in [(millisecondsPerDay, "day"), (3_600_000, "h"), (60_000, "min")]
        where time > 0 && time % unit == 0 {
            return name == "day" ? count(Int(clamping: time / unit), name) : "\(time / unit) \(name)"
        }
        return time % 1_000 == 0 ? "\(Seconds(time)) s" : "\(time) ms"
    }

    /// Somebody else's text in quotes, on one line. It cannot close the quotes.
    static func quoted(_ text: String) -> String {
        "“\(text.shown.replacing("”", with: "\\u{201d}"))”"
    }
}
