import Sealing

/// Text as HTML. What people wrote never becomes markup.
enum HTML {
    /// Escapes markup, and writes out characters that hide, break or reorder text (`ForeignText`).
    static func escape(_ text: some StringProtocol) -> String {
        var out = ""
        for scalar in text.shown.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Escaped text in an element that isolates its writing direction.
    static func isolated(_ text: String) -> String { "<bdi>\(escape(text))</bdi>" }

    /// The text cut to at most `limit` characters, for the labels of plots.
    static func short(_ text: String, _ limit: Int) -> String {
        text.count <= limit ? text : text.prefix(limit - 1) + "…"
    }

    struct Column {
        let name: String
        var isNumber = false
    }

    /// A table with its caption; the first cell of a row is its heading. Cells are HTML already.
    static func table(_ caption: String, _ columns: [Column], _ rows: [[String]]) -> String {
        var out =
            "<div class=\"scroll\"><table\(columns.count < 4 ? " class=\"slim\"" : "")>\n<caption>\(escape(caption))</caption>\n<thead><tr>"
        for column in columns {
            out += "<th scope=\"col\"\(column.isNumber ? " class=\"n\"" : "")>\(escape(column.name))</th>"
        }
        out += "</tr></thead>\n<tbody>\n"
        for row in rows {
            out += "<tr>"
            for (column, cell) in zip(columns, row) {
                let kind = column.isNumber ? " class=\"n\"" : ""
                out +=
                    column.name == columns.first?.name
                    ? "<th scope=\"row\"\(kind)>\(cell)</th>" : "<td\(kind)>\(cell)</td>"
            }
            out += "</tr>\n"
        }
        return out + "</tbody>\n</table></div>\n"
    }

    /// 1,234,567.
    static func number(_ value: some BinaryInteger) -> String {
        var digits = Array(String(value))
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: place)
            place -= 3
        }
        return String(digits)
    }

    static func count(_ value: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number(value)) \(value == 1 ? one : many ?? one + "s")"
    }
}

/// Dates and times in UTC, the same on every machine.
enum Calendar {
    /// 2026-11-23.
    static func date(_ day: Day) -> String { CivilTime(day).date }

    /// 2026-11-23 09:05 UTC.
    static func minute(_ time: Milliseconds) -> String {
        let civil = CivilTime(time)
        return "\(civil.date) \(civil.toMinute) UTC"
    }

    static func element(_ time: Milliseconds) -> String {
        "<time datetime=\"\(CivilTime(time).rfc3339)\">\(minute(time))</time>"
    }

    static func dateElement(_ time: Milliseconds) -> String { "<time>\(date(Day(of: time)))</time>" }

    /// 45 s, 12 min, 3.5 h, 2.1 days.
    static func span(_ time: Milliseconds) -> String {
        func tenths(_ unit: Milliseconds) -> String {
            let value = (time * 10 + unit / 2) / unit
            return value.isMultiple(of: 10) ? "\(value / 10)" : "\(value / 10).\(value % 10)"
        }
        return switch time {
        case 0..<60_000: "\(Seconds(time)) s"
        case 60_000..<5_400_000: "\((time + 30_000) / 60_000) min"
        case 5_400_000..<172_800_000: "\(tenths(3_600_000)) h"
        default: "\(tenths(millisecondsPerDay)) days"
        }
    }
}
