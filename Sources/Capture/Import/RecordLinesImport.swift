import Records
import Sealing

/// Coffer's own record lines: {"t":ms or RFC 3339,"kind":…,"app":…} and the kind's members in any order. The texts of
/// a line with the schema of `coffer show --json` or `export` are already in the stored form.
///
/// A `screen` line names a PNG beside the file: {"t","kind":"screen","app","image":"0.png"}.
enum RecordLinesImport {
    private static let common: Set<String> = ["t", "kind", "app", "schema", "segment", "recording", "edge"]
    /// Nothing was recorded as record lines before the year 2000. A smaller number counts seconds.
    private static let earliest: Milliseconds = 946_684_800_000

    static func read(_ file: ImportFile, _ options: ImportOptions, into sink: any ImportSink) throws(CofferError) {
        try sink.begin(isRelative: false, isMarked: false)
        sink.read(
            try file.values { place, line throws(CofferError) in
                try sink.add(try item(line, place, file, options))
            })
        try sink.end()
    }

    private static func item(
        _ line: ForeignJSON, _ place: ImportPlace, _ file: ImportFile, _ options: ImportOptions
    ) throws(CofferError) -> ImportItem {
        guard let time = line["t"].flatMap({ time($0, options.zone) }) else {
            throw file.wrong(
                place, "has no time \"t\"",
                hint: "\"t\" is milliseconds since 1970 or RFC 3339 with a zone, such as 2026-06-01T12:00:00Z.")
        }
        guard time >= earliest else {
            throw file.wrong(
                place, "has a time \"t\" before the year 2000", hint: "\"t\" counts milliseconds, not seconds.")
        }
        guard let kind = line["kind"]?.string.flatMap(Kind.init(rawValue:)) else {
            throw file.wrong(place, "has no known \"kind\"")
        }
        guard let app = options.app ?? line["app"]?.string.flatMap({ try? AppName($0) }) else {
            throw file.wrong(place, "has no valid \"app\"")
        }
        let mark = try mark(line, place, file)
        if kind == .screen {
            guard let members = line.members, let image = line["image"]?.string,
                Set(members.map(\.name)).isSubset(of: common.union(["image", "w", "h", "key", "tiles"]))
            else { throw file.wrong(place, "is not a screen record with an \"image\"") }
            let picture = try file.picture(image, beside: [""], at: place)
            return ImportItem(time, app, image: picture, place, mark: mark)
        }
        guard let content = content(line, kind) else {
            throw file.wrong(place, "does not have the members of a \(kind.rawValue) record")
        }
        return ImportItem(time, app, content, place, mark: mark)
    }

    private static func time(_ value: ForeignJSON, _ zone: ForeignTime) -> Milliseconds? {
        if let number = value.number, (0...253_402_300_799_999).contains(number) {
            return Milliseconds(clamping: number.rounded())
        }
        // A space in place of the T is not RFC 3339.
        guard let text = value.string, !text.contains(" ") else { return nil }
        return zone.milliseconds(text, needsZone: true)
    }

    /// The mark that an exported record brings along.
    private static func mark(_ line: ForeignJSON, _ place: ImportPlace, _ file: ImportFile) throws(CofferError)
        -> RecordingMark?
    {
        guard let recording = line["recording"] else { return nil }
        var edge: RecordingMark.Edge?
        if let name = line["edge"] {
            edge = name.string.flatMap(RecordingMark.Edge.init)
            if edge == nil { throw file.wrong(place, "has an \"edge\" that is not begin, end or both") }
        }
        guard let id = recording.string, RecordingMark.isName(id) else {
            throw file.wrong(place, "has a \"recording\" that is not sixteen hex digits")
        }
        return RecordingMark(id: id, edge: edge)
    }

    /// Orders the members as the kind requires and reads them as strictly as a stored record.
    private static func content(_ line: ForeignJSON, _ kind: Kind) -> RecordContent? {
        guard let members = line.members else { return nil }
        let isStored = line["schema"]?.string == "coffer.record.v1"
        let isStep = line["step"] != nil || line["type"]?.string == "task"
        let order: [String] =
            switch kind {
            case .keys where line["type"]?.string == "removed": ["type", "secret"]
            case .keys: isStep ? ["type", "step", "code"] : ["type", "key", "source"]
            case .pointer:
                isStep
                    ? ["type", "step", "code"]
                    : ["type", "x", "y", "w", "h", "button", "direction", "clicks", "off", "source"]
            case .window: ["title"]
            case .prompt: isStep ? ["type", "step", "json"] : ["role", "text"]
            case .terminal: ["type", "text"]
            case .screen: []
            }
        guard members.allSatisfy({ order.contains($0.name) || common.contains($0.name) }) else { return nil }
        var ordered: [CanonicalJSON.Member] = []
        for name in order {
            guard let value = line[name] else { continue }
            if let string = value.string {
                // The name `space` is accepted for the space bar.
                let text = kind == .keys && name == "key" && string == "space" ? " " : string
                ordered.append(.init(name, .string(isStored ? text : RecordText.encode(text))))
            } else if let integer = value.integer(0...65_535) {
                ordered.append(.init(name, .integer(UInt64(integer))))
            } else if let boolean = value.boolean {
                ordered.append(.init(name, .boolean(boolean)))
            } else {
                return nil
            }
        }
        guard let content = try? RecordContent(Record(time: 0, object: .object(ordered)), kind: kind) else {
            return nil
        }
        if case .pointer(let pointer) = content {
            guard (1...65_535).contains(pointer.screenWidth), (1...65_535).contains(pointer.screenHeight),
                (0..<pointer.screenWidth).contains(pointer.x), (0..<pointer.screenHeight).contains(pointer.y)
            else { return nil }
        }
        return content
    }
}
