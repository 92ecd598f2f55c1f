package import Sealing

/// A `window` record: {"title":…}.
package struct WindowContent: Hashable, Sendable {
    package var title: String

    package init(title: String) { self.title = title }

    init(parsing json: Bytes, mark: inout RecordingMark?) throws(FormatError) {
        var reader = try CanonicalObject(parsing: json)
        title = RecordText.decode(try reader.string("title"))
        mark = try RecordingMark.finish(&reader)
    }

    package var object: CanonicalJSON { .object([.init("title", .string(RecordText.encode(title)))]) }
}

/// A `prompt` record: {"role":…,"text":…}.
package struct PromptContent: Hashable, Sendable {
    package enum Role: String, Sendable {
        case user, assistant, system, tool
    }

    package var role: Role
    package var text: String

    package init(role: Role, text: String) {
        self.role = role
        self.text = text
    }

    init(parsing json: Bytes, mark: inout RecordingMark?) throws(FormatError) {
        var reader = try CanonicalObject(parsing: json)
        guard let role = Role(rawValue: try reader.string("role", atMost: 16)) else { throw .notCanonical }
        self.role = role
        text = RecordText.decode(try reader.string("text", atMost: SegmentSpan.maximumRecordBytes))
        mark = try RecordingMark.finish(&reader)
    }

    package var object: CanonicalJSON {
        .object([.init("role", .string(role.rawValue)), .init("text", .string(RecordText.encode(text)))])
    }
}

/// A `terminal` record: {"type":"output"|"input","text":…}.
package struct TerminalContent: Hashable, Sendable {
    package var isOutput: Bool
    package var text: String

    package init(isOutput: Bool, text: String) {
        self.isOutput = isOutput
        self.text = text
    }

    package init(parsing json: Bytes) throws(FormatError) {
        var mark: RecordingMark?
        try self.init(parsing: json, mark: &mark)
    }

    init(parsing json: Bytes, mark: inout RecordingMark?) throws(FormatError) {
        var reader = try CanonicalObject(parsing: json)
        let type = try reader.string("type", atMost: 16)
        guard type == "output" || type == "input" else { throw .notCanonical }
        isOutput = type == "output"
        text = RecordText.decode(try reader.string("text", atMost: SegmentSpan.maximumRecordBytes))
        mark = try RecordingMark.finish(&reader)
    }

    package var object: CanonicalJSON {
        .object([
            .init("type", .string(isOutput ? "output" : "input")), .init("text", .string(RecordText.encode(text))),
        ])
    }
}
