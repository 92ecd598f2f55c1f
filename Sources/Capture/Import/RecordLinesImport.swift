import Foundation
import Records
import Sealing

/// Coffer's own record lines: {"t":ms or RFC 3339,"kind":…,"app":…} and the kind's members in any order. The texts of
/// a line with the schema of `coffer show --json` or `export` are already in the stored form.
///
/// A `screen` line names a PNG beside the file: {"t","kind":"screen","app","image":"0.png"}.
enum RecordLinesImport {
    private static let common: Set<String> = ["t", "kind", "app", "schema", "segment"]

    static func read(_ path: String, app: AppName?) throws(CofferError) -> Recording {
        let file = try ImportFile(path)
        var items: [ImportItem] = []
        for (number, line) in try file.json() { items.append(try item(line, number, file, app: app)) }
        return Recording(items, isRelative: false)
    }

    private static func item(_ line: ForeignJSON, _ number: Int, _ file: ImportFile, app: AppName?) throws(CofferError)
        -> ImportItem
    {
        guard let time = line["t"].flatMap(Self.time) else { throw file.wrong(number, "has no time \"t\"") }
        guard let kind = line["kind"]?.string.flatMap(Kind.init(rawValue:)) else {
            throw file.wrong(number, "has no known \"kind\"")
        }
        guard let app = app ?? line["app"]?.string.flatMap({ try? AppName($0) }) else {
            throw file.wrong(number, "has no valid \"app\"")
        }
        if kind == .screen {
            guard case .object(let members) = line, let image = members["image"]?.string,
                Set(members.keys).isSubset(of: common.union(["image", "w", "h", "key", "tiles"]))
            else { throw file.wrong(number, "is not a screen record with an \"image\"") }
            let path = try file.sibling(image, line: number)
            guard FileManager.default.fileExists(atPath: path) else {
                throw file.wrong(number, "names a picture that does not exist")
            }
            return ImportItem(time: time, app: app, content: .image(path: path))
        }
        guard let content = content(line, kind) else {
            throw file.wrong(number, "does not have the members of a \(kind.rawValue) record")
        }
        return ImportItem(time: time, app: app, content: .record(content))
    }

    private static func time(_ value: ForeignJSON) -> Milliseconds? {
        if let integer = value.integer(0...253_402_300_799_999) { return Milliseconds(clamping: integer) }
        guard let text = value.string else { return nil }
        let formats: [Date.ISO8601FormatStyle] = [.iso8601, .init(includingFractionalSeconds: true)]
        guard let date = formats.lazy.compactMap({ try? $0.parse(text) }).first, date.timeIntervalSince1970 >= 0 else {
            return nil
        }
        return Milliseconds(clamping: (date.timeIntervalSince1970 * 1000).rounded())
    }

    /// Orders the members as the kind requires and reads them as strictly as a stored record.
    private static func content(_ line: ForeignJSON, _ kind: Kind) -> RecordContent? {
        guard case .object(let members) = line else { return nil }
        let isStored = members["schema"]?.string == "coffer.record.v1"
        let order: [String] =
            switch kind {
            case .keys: ["type", "key", "source"]
            case .pointer: ["type", "x", "y", "w", "h", "button", "direction", "clicks", "source"]
            case .window: ["title"]
            case .prompt: ["role", "text"]
            case .terminal: ["type", "text"]
            case .screen: []
            }
        guard Set(members.keys).isSubset(of: common.union(order)) else { return nil }
        var ordered: [CanonicalJSON.Member] = []
        for name in order {
            guard let value = members[name] else { continue }
            if let string = value.string {
                // The name `space` is accepted for the space bar.
                let text = kind == .keys && name == "key" && string == "space" ? " " : string
                ordered.append(.init(name, .string(isStored ? text : RecordText.encode(text))))
            } else if let integer = value.integer(0...65_535) {
                ordered.append(.init(name, .integer(UInt64(integer))))
            } else {
                return nil
            }
        }
        return try? RecordContent(Record(time: 0, object: .object(ordered)), kind: kind)
    }
}
