import Foundation
import Records
import Sealing

/// AgentNet: one task a line, {"task_id","instruction","traj":[{"index","image","value":{"code"}}]}, pictures beside it
/// or in `images/`; or a raw recording, a folder with `events.jsonl` and `metadata.json`.
///
/// The JSONL has no times: a step takes two seconds, or longer if its events do. A picture shows the screen before its
/// step.
enum AgentNetImport {
    private static let step: Milliseconds = 2000
    /// The time from a step's picture to its first event, in milliseconds.
    private static let lead: Milliseconds = 500

    static func read(_ path: String, app: AppName?) throws(CofferError) -> Recording {
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
            let path = path.hasSuffix("/") ? String(path.dropLast()) : path
            for name in ["events.jsonl", "reduced_events_complete.jsonl"]
            where FileManager.default.fileExists(atPath: "\(path)/\(name)") {
                return try RawEventsImport.read("\(path)/\(name)", app: app)
            }
            throw CofferError(
                .notFound, "The folder \(path) holds no events.jsonl.", rule: "import.format",
                hint: "Name AgentNet's JSONL file, or the folder of a raw recording.")
        }
        let file = try ImportFile(path)
        let lines = try file.json()
        if lines.first?.value["traj"] == nil, lines.first?.value["action"] != nil {
            return try RawEventsImport.read(path, app: app)
        }
        let app = app ?? AppName(windowClass: "agentnet")
        var items: [ImportItem] = []
        var time: Milliseconds = 0
        for (number, task) in lines { try read(task, number, file, app, &time, &items) }
        return Recording(items, isRelative: true)
    }

    private static func read(
        _ task: ForeignJSON, _ line: Int, _ file: ImportFile, _ app: AppName, _ time: inout Milliseconds,
        _ items: inout [ImportItem]
    ) throws(CofferError) {
        guard let steps = task["traj"]?.array, task["task_id"]?.string != nil else {
            throw file.wrong(line, "is not an AgentNet task: it lacks \"task_id\" or \"traj\"")
        }
        if let instruction = task["instruction"]?.string {
            items.append(
                ImportItem(
                    time: time, app: app,
                    content: .record(.prompt(PromptContent(role: .user, text: instruction)))))
        }
        for (index, step) in steps.enumerated() {
            guard let image = step["image"]?.string, let code = step["value"]?["code"]?.string else {
                throw file.wrong(line, "lacks \"image\" or \"code\" at step \(index)")
            }
            let path = try picture(image, file, line: line)
            let size = try PNGSize.read(path)
            items.append(ImportItem(time: time, app: app, content: .image(path: path)))
            var actions = AgentNetActions(app: app, width: size.width, height: size.height, at: time + lead)
            for call in code.split(whereSeparator: \.isNewline) where !call.allSatisfy(\.isWhitespace) {
                guard let parsed = PythonCall(call), actions.perform(parsed) else {
                    throw file.wrong(line, "has an unknown action at step \(index)")
                }
            }
            items += actions.items
            time = max(time + Self.step, actions.time + lead)
        }
    }

    private static func picture(_ name: String, _ file: ImportFile, line: Int) throws(CofferError) -> String {
        for candidate in [name, "images/" + name] {
            let path = try file.sibling(candidate, line: line)
            if FileManager.default.fileExists(atPath: path) { return path }
        }
        throw file.wrong(line, "names the picture \(name.prefix(64)), which does not exist")
    }
}

/// The size of a PNG, from its first bytes.
enum PNGSize {
    static func read(_ path: String) throws(CofferError) -> (width: Int, height: Int) {
        let failure = CofferError(.usage, "The picture \(path) is not a PNG.", rule: "import.image")
        guard let file = FileHandle(forReadingAtPath: path) else { throw failure }
        defer { try? file.close() }
        guard let checkpoint = try? file.read(upToCount: 24), checkpoint.count == 24,
            checkpoint.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
        else { throw failure }
        var reader = ByteReader(Array(checkpoint.dropFirst(16)))
        guard let width = try? reader.u32(), let height = try? reader.u32(),
            ScreenFrame.isPossible(width: Int(width), height: Int(height))
        else { throw failure }
        return (Int(width), Int(height))
    }
}
