import ArgumentParser
import Foundation
import Keyholder
import Records
import Sealing

extension Coffer {
    /// Lists segments.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "ls", abstract: "List what was recorded.")

        @OptionGroup var selection: SelectorOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let session = try EmployeeContext()
            let selector = try selection.selector()
            let directory = try session.directory()
            try session.keyholder.ask("ls", [.init("selector", selector.json)]) { item in
                try Output.item(output.json ? SegmentLine.json(item) : SegmentLine.text(item))
            }
            try OpenParts.mention(selector, in: directory, output: output)
        }
    }

    /// Shows records.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is in segments: one line per record.",
            discussion: "Screens are listed with their size; `coffer export` writes them as images.")

        @OptionGroup var selection: SelectorOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let session = try EmployeeContext()
            let selector = try selection.selector()
            let directory = try session.directory()
            var secrets = 0
            try session.keyholder.ask("show", [.init("selector", selector.json)]) { item in
                secrets += SecretShape.marks(in: item["record"])
                try Output.item(output.json ? RecordLine.json(item) : RecordLine.text(item))
            }
            if secrets > 0 { output.talk("\(secrets) secrets were taken out before these were sealed.") }
            try OpenParts.mention(selector, in: directory, output: output)
        }
    }
}

/// Formats a segment as one line.
enum SegmentLine {
    static func json(_ item: CanonicalJSON) -> String {
        JSONValue.object([
            ("schema", "coffer.segment.v1"), ("id", .string(item["id"]?.asString ?? "")),
            ("kind", .string(item["kind"]?.asString ?? "")), ("app", .string(item["app"]?.asString ?? "")),
            ("from", .string(Output.rfc3339(item["from"]?.asMilliseconds ?? 0))),
            ("until", .string(Output.rfc3339(item["until"]?.asMilliseconds ?? 0))),
            ("records", .integer(Int(clamping: item["records"]?.asInteger ?? 0))),
            ("arrived", .string(Output.rfc3339(item["arrived"]?.asMilliseconds ?? 0))),
            ("offered", .integer(Int(clamping: item["offered"]?.asInteger ?? 0))),
            ("withheld", .boolean(item["withheld"]?.asBoolean ?? false)),
            ("alarm", .boolean(item["alarm"]?.asBoolean ?? false)),
        ]).text
    }

    static func text(_ item: CanonicalJSON) -> String {
        let id = String((item["id"]?.asString ?? "").prefix(8))
        let from = Output.utc(item["from"]?.asMilliseconds ?? 0)
        let until = Output.utc(item["until"]?.asMilliseconds ?? 0).suffix(9)
        let kind = (item["kind"]?.asString ?? "").padding(toLength: 8, withPad: " ", startingAt: 0)
        let app = (item["app"]?.asString ?? "").padding(toLength: 16, withPad: " ", startingAt: 0)
        var notes: [String] = []
        let offered = item["offered"]?.asInteger ?? 0
        if offered > 0 { notes.append("offered in \(offered) page\(offered == 1 ? "" : "s")") }
        if item["withheld"]?.asBoolean == true { notes.append("withheld") }
        if item["alarm"]?.asBoolean == true { notes.append("ALARM: not made by a device of yours") }
        return "\(id)  \(from) – \(until)  \(kind)  \(app)  \(item["records"]?.asInteger ?? 0) records"
            + (notes.isEmpty ? "" : "  (\(notes.joined(separator: ", ")))")
    }
}

/// Formats a record as one line.
enum RecordLine {
    static func json(_ item: CanonicalJSON) -> String {
        line(
            segment: item["segment"]?.asString ?? "", kind: item["kind"]?.asString ?? "",
            app: item["app"]?.asString ?? "", time: item["time"]?.asMilliseconds ?? 0, record: item["record"])
    }

    /// The record's members follow those of its segment.
    static func line(
        segment: String, kind: String, app: String, time: Milliseconds, record: CanonicalJSON?, image: String? = nil
    ) -> String {
        var members: [(String, JSONValue)] = [
            ("schema", "coffer.record.v1"), ("segment", .string(segment)), ("kind", .string(kind)),
            ("app", .string(app)), ("t", .string(Output.rfc3339(time))),
        ]
        if case .object(let own) = record { members += own.map { ($0.name, JSONValue($0.value)) } }
        if let image { members.append(("image", .string(image))) }
        return JSONValue.object(members).text
    }

    static func text(_ item: CanonicalJSON) -> String {
        let time = Output.utc(item["time"]?.asMilliseconds ?? 0)
        let record = item["record"]
        let what: String
        if item["kind"]?.asString == Kind.screen.rawValue {
            let key = record?["key"]?.asBoolean == true ? ", key frame" : ""
            what = "\(record?["w"]?.asInteger ?? 0) × \(record?["h"]?.asInteger ?? 0)\(key)"
        } else {
            what = record.map { JSONValue($0).text } ?? ""
        }
        return "\(time)  \(item["app"]?.asString ?? "")  \(item["kind"]?.asString ?? "")  \(what)"
    }
}

extension SecretShape {
    /// How many secrets were taken out of a record.
    fileprivate static func marks(in record: CanonicalJSON?) -> Int {
        guard case .object(let members)? = record else { return 0 }
        if record?["type"]?.asString == "removed" { return 1 }
        return members.reduce(0) { $0 + ($1.value.asString?.ranges(of: "⟦removed: ").count ?? 0) }
    }
}
