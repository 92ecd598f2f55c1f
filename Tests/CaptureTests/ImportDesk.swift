import CofferTestKit
import Foundation
import Records
import Sealing

@testable import Capture

/// Imports files that a test writes, into a vault of its own.
struct ImportDesk {
    static let now: Milliseconds = 1_795_521_600_000

    let home: TemporaryVault
    private let directory: String

    init() throws {
        home = try TemporaryVault()
        directory = "\(ScratchFolder.path)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    /// Writes a file; its path.
    @discardableResult
    func write(_ bytes: some Sequence<UInt8>, _ name: String = "recording") throws -> String {
        let path = "\(directory)/\(name)"
        let parent = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    @discardableResult
    func write(_ text: String, _ name: String = "recording") throws -> String { try write(text.utf8, name) }

    /// A picture of one grey.
    @discardableResult
    func picture(_ name: String, grey: UInt8 = 128, width: Int = 64, height: Int = 48) throws -> String {
        let frame = try ScreenFrame(width: width, height: height) { pixels in
            for i in pixels.indices { pixels[i] = grey }
        }
        return try write(PNGImage.encode(frame), name)
    }

    @discardableResult
    func seal(
        _ paths: String..., as format: ImportFormat, app: String? = nil, start: Milliseconds? = nil,
        again: Bool = false, zone: TimeZone = .gmt
    ) throws -> [ImportSealer.ImportSummary] {
        let name = app.map { AppName(test: $0) }
        var importer = ImportSealer(sealer: try home.sealer, now: Self.now, start: start, zone: zone)
        try importer.plan(paths, format: format, app: name)
        return try paths.map { try importer.seal($0, format: format, app: name, again: again) }
    }

    /// The error of an import, after which nothing may be stored.
    func refusal(_ path: String, as format: ImportFormat) throws -> CofferError? {
        do { try seal(path, as: format) } catch let error as CofferError {
            return try home.names("segments").isEmpty ? error : nil
        }
        return nil
    }

    /// All records of a kind, by time, with their marks.
    func records(_ kind: Kind) throws -> [(time: Milliseconds, content: RecordContent, mark: RecordingMark?)] {
        try home.segments(kind).flatMap(\.records).enumerated()
            .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map {
                let (content, mark) = try RecordContent.parse($0.element, kind: kind)
                return ($0.element.time, content, mark)
            }
    }

    /// The prompts as `role: text`.
    func prompts() throws -> [String] {
        try records(.prompt).compactMap {
            guard case .prompt(let prompt) = $0.content else { return nil }
            return "\(prompt.role.rawValue): \(prompt.text)"
        }
    }

    /// The keys pressed: a character, or a name in brackets.
    func typed() throws -> String {
        try records(.keys).compactMap {
            guard case .keys(let key) = $0.content, key.isPress else { return nil }
            return key.key.count == 1 ? key.key : "<\(key.key)>"
        }.joined()
    }

    func pointers() throws -> [PointerContent] {
        try records(.pointer).compactMap { if case .pointer(let pointer) = $0.content { pointer } else { nil } }
    }

    /// An AgentNet line of one task.
    static func task(_ codes: [String], id: String = "t", image: (Int) -> String = { "\($0).png" }) -> String {
        let steps = codes.enumerated().map { number, code in
            "{\"index\": \(number), \"image\": \"\(image(number))\", \"value\": {\"code\": \(quoted(code)), "
                + "\"thought\": \"step \(number)\", \"score\": 1.50}}"
        }
        return "{\"task_id\": \"\(id)\", \"instruction\": \"Do \(id)\", \"traj\": [\(steps.joined(separator: ", "))]}"
    }

    static func quoted(_ text: String) -> String { ForeignJSON.string(text).text }
}
