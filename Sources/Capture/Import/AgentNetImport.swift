import Files
import Foundation
import Records
import Sealing

/// Trajectories of desktops, each with pictures beside its file or in `images/`:
///
///     AgentNet, OpenCUA   {"task_id","instruction","traj":[{"index","image","value":{"code"}}]}    one task a line
///     AgentNetBench       {"task_id","high_level_task_description","steps":[{"image","action"}]}   one task a file
///     PC Tracker          {"timestamp","action":"click (x, y)","screenshot"}                       one step a line
///     OSWorld             {"step_num","action_timestamp","action","screenshot_file"}               one step a line
///
/// or a raw recording: a directory with `events.jsonl` and `metadata.json`.
///
/// AgentNet has no times: a step takes two seconds, or longer if its events do. A picture shows the screen before its
/// step; OSWorld's shows it after.
enum AgentNetImport {
    static func read(_ file: ImportFile, _ options: ImportOptions, into sink: any ImportSink) throws(CofferError) {
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: file.path, isDirectory: &isDirectory), isDirectory.boolValue {
            return try read(directory: file, options, into: sink)
        }
        // The elements of an array are tasks.
        guard let first = try file.firstValue() else { return try tasks(file, options, into: sink) }
        if first["buckets"] != nil { return try ActivityWatchImport.read(file, options, into: sink) }
        if first["traj"] != nil || first["steps"] != nil { return try tasks(file, options, into: sink) }
        if first["screenshot_file"] != nil || first["action_timestamp"] != nil {
            return try OSWorldImport.read(file, options, into: sink)
        }
        if first["screenshot"] != nil, first["action"] != nil {
            return try PCTrackerImport.read(file, options, into: sink)
        }
        if first["event_idx"] != nil, first["key"]?.array != nil {
            throw file.wrong(
                "is AgentNetTool's event buffer, which repeats its events",
                hint: "Import events.jsonl or reduced_events_complete.jsonl beside it.")
        }
        if first["action"] != nil, first["time_stamp"] != nil || first["start_time"] != nil {
            return try RawEventsImport.read(file, options, into: sink)
        }
        try tasks(file, options, into: sink)
    }

    private static func read(directory file: ImportFile, _ options: ImportOptions, into sink: any ImportSink)
        throws(CofferError)
    {
        let path = file.path.hasSuffix("/") ? String(file.path.dropLast()) : file.path
        for name in ["events.jsonl", "reduced_events_complete.jsonl", "traj.jsonl"]
        where DurableFile.exists("\(path)/\(name)") {
            return try read(ImportFile("\(path)/\(name)", wanted: file.wanted), options, into: sink)
        }
        throw CofferError(
            .notFound, "The directory \(path) holds no events.jsonl and no traj.jsonl.", rule: "import.format",
            hint: "Name AgentNet's JSONL file, or the directory of a raw recording.")
    }

    private static func tasks(_ file: ImportFile, _ options: ImportOptions, into sink: any ImportSink)
        throws(CofferError)
    {
        var writer = TrajectoryWriter(file, sink, app: options.app ?? AppName(windowClass: "agentnet"))
        sink.read(
            try file.values { place, task throws(CofferError) in
                if let steps = task["traj"]?.array {
                    try read(task, steps, place, &writer)
                } else if let steps = task["steps"]?.array {
                    try readBench(task, steps, place, &writer)
                } else {
                    throw file.wrong(place, "is not an AgentNet task: it lacks \"traj\"")
                }
            })
    }

    private static func read(
        _ task: ForeignJSON, _ steps: [ForeignJSON], _ place: ImportPlace, _ writer: inout TrajectoryWriter
    ) throws(CofferError) {
        let file = writer.file
        try check(task, place, file)
        try writer.begin(
            instruction: try instruction(task, ["instruction", "natural_language_task", "actual_task"], place, file),
            rest: task.setting("traj", to: .null), start: nil, place)
        for (number, step) in steps.enumerated() {
            let place = place.step(number)
            guard let image = step["image"]?.string else { throw file.wrong(place, "lacks \"image\"") }
            guard let value = step["value"], let code = value["code"]?.string else {
                throw file.wrong(place, "lacks \"code\"")
            }
            let picture = try file.picture(image, at: place)
            try writer.add(
                TrajectoryWriter.Step(
                    number: number, code: code, picture: picture, screen: picture,
                    rest: step.setting("value", to: value.setting("code", to: .null))), place)
        }
        try writer.end()
    }

    private static func readBench(
        _ task: ForeignJSON, _ steps: [ForeignJSON], _ place: ImportPlace, _ writer: inout TrajectoryWriter
    ) throws(CofferError) {
        let file = writer.file
        try check(task, place, file)
        let names = ["instruction", "high_level_task_description", "user_task_description"]
        let instruction = try instruction(task, names, place, file)
        // The task becomes one of AgentNet's.
        let others = (task.members ?? []).filter { $0.name != "steps" && $0.name != "instruction" }
        try writer.begin(
            instruction: instruction,
            rest: .object(others + [.init("instruction", .string(instruction ?? "")), .init("traj", .null)]),
            start: nil, place)
        for (number, step) in steps.enumerated() {
            let place = place.step(step["step_num"]?.integer(0...Int(Int32.max)) ?? number)
            guard let image = step["image"]?.string else { throw file.wrong(place, "lacks \"image\"") }
            guard let code = step["action"]?.string else { throw file.wrong(place, "lacks \"action\"") }
            let picture = try file.picture(image, at: place)
            try writer.add(
                TrajectoryWriter.Step(
                    number: number, code: code, picture: picture, screen: picture,
                    rest: agentNetStep(number, image, keeping: step, without: ["image", "action"])), place)
        }
        try writer.end()
    }

    /// A step of another format as AgentNet's, with its other members.
    static func agentNetStep(_ number: Int, _ image: String, keeping step: ForeignJSON, without names: Set<String>)
        -> ForeignJSON
    {
        let others = (step.members ?? []).filter { !names.contains($0.name) && !["index", "value"].contains($0.name) }
        return .object(
            [
                .init("index", .integer(number)), .init("image", .string(image)),
                .init("value", .object([.init("code", .null)])),
            ] + others)
    }

    private static func check(_ task: ForeignJSON, _ place: ImportPlace, _ file: ImportFile) throws(CofferError) {
        switch task["task_id"] {
        case nil, .null, .string, .number: return
        default: throw file.wrong(place, "has a \"task_id\" that is neither a text nor a number")
        }
    }

    private static func instruction(
        _ task: ForeignJSON, _ names: [String], _ place: ImportPlace, _ file: ImportFile
    ) throws(CofferError) -> String? {
        for name in names {
            switch task[name] {
            case nil, .null: continue
            case let value?:
                guard let text = value.string else { throw file.wrong(place, "has an \"\(name)\" that is no text") }
                return text
            }
        }
        return nil
    }
}
