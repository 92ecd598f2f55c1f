package import Sealing

/// A step of an imported trajectory as its file has it. The records that were derived from it follow.
///
///     keys, pointer   {"type":"step","step":n}, and "code":…, the whole code, in the one kind that may hold it
///     prompt          {"type":"step","step":n,"json":…}   the step's other members; its code is null
///     prompt          {"type":"task","json":…}            the task's other members; its steps are null
package struct StepContent: Hashable, Sendable {
    package enum Part: Hashable, Sendable {
        /// Its place among the task's steps, and its code, if this record holds it.
        case code(step: Int, String?)
        case step(Int, json: String)
        case task(json: String)
    }

    /// The most steps of a task.
    package static let maximumStep = 65_535

    package var kind: Kind
    package var part: Part

    package init(_ kind: Kind, _ part: Part) {
        self.kind = kind
        self.part = part
    }

    /// Whether an object of this kind is a step rather than the kind's own content.
    static func isStep(_ json: Bytes, kind: Kind) -> Bool {
        switch kind {
        case .keys, .pointer: json.starts(with: #"{"type":"step","#.utf8)
        case .prompt: json.starts(with: #"{"type":"#.utf8)
        case .screen, .window, .terminal: false
        }
    }

    /// Whether an object of this kind is one step, with its code or its other members, and not a task.
    package static func isOneStep(_ json: Bytes, kind: Kind) -> Bool {
        isStep(json, kind: kind) && json.starts(with: #"{"type":"step","#.utf8)
    }

    static func parse(_ json: Bytes, kind: Kind) throws(FormatError) -> (StepContent, RecordingMark?) {
        var reader = try CanonicalObject(parsing: json)
        let type = try reader.string("type", atMost: 16)
        let part: Part
        switch (kind, type) {
        case (.keys, "step"), (.pointer, "step"):
            let step = try number(&reader)
            part = .code(step: step, reader.nextName == "code" ? try text("code", &reader) : nil)
        case (.prompt, "step"): part = .step(try number(&reader), json: try text("json", &reader))
        case (.prompt, "task"): part = .task(json: try text("json", &reader))
        default: throw .notCanonical
        }
        return (StepContent(kind, part), try RecordingMark.finish(&reader))
    }

    private static func number(_ reader: inout CanonicalObject) throws(FormatError) -> Int {
        Int(try reader.integer("step", atMost: UInt64(maximumStep)))
    }

    private static func text(_ name: String, _ reader: inout CanonicalObject) throws(FormatError) -> String {
        RecordText.decode(try reader.string(name, atMost: SegmentSpan.maximumRecordBytes))
    }

    package var object: CanonicalJSON {
        func number(_ step: Int) -> CanonicalJSON.Member { .init("step", .integer(UInt64(clamping: step))) }
        func text(_ name: String, _ text: String) -> CanonicalJSON.Member {
            .init(name, .string(RecordText.encode(text)))
        }
        return switch part {
        case .code(let step, let code):
            .object([.init("type", .string("step")), number(step)] + (code.map { [text("code", $0)] } ?? []))
        case .step(let step, let json): .object([.init("type", .string("step")), number(step), text("json", json)])
        case .task(let json): .object([.init("type", .string("task")), text("json", json)])
        }
    }
}
