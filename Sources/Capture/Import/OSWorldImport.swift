import Records
import Sealing

/// OSWorld's `traj.jsonl`: {"step_num","action_timestamp","action","screenshot_file"}, the action as pyautogui code or
/// WAIT, DONE, FAIL. A picture shows the screen after its step, so each step has the picture of the one before.
enum OSWorldImport {
    static func read(_ file: ImportFile, _ options: ImportOptions, into sink: any ImportSink) throws(CofferError) {
        var writer = TrajectoryWriter(file, sink, app: options.app ?? AppName(windowClass: "osworld"))
        var number = 0
        var before: String?
        var last: ImportPlace?
        sink.read(
            try file.values { place, step throws(CofferError) in
                let place = place.step(step["step_num"]?.integer(0...Int(Int32.max)) ?? number)
                let code = try action(step, place, file)
                guard let name = step["screenshot_file"]?.string else {
                    throw file.wrong(place, "lacks \"screenshot_file\"")
                }
                let picture = try file.picture(name, at: place)
                let time = try time(step, options, place, file)
                if number == 0 {
                    let instruction = step["instruction"]?.string
                    try writer.begin(instruction: instruction, rest: nil, start: time, place)
                }
                // The file has no picture of before the first step.
                let rest = AgentNetImport.agentNetStep(
                    number, before ?? "", keeping: step, without: ["action", "screenshot_file"])
                try writer.add(
                    TrajectoryWriter.Step(
                        number: number, code: code, picture: before, screen: picture, rest: rest, time: time), place)
                before = picture
                last = place
                number += 1
            })
        try writer.end(picture: before, last)
    }

    private static func action(_ step: ForeignJSON, _ place: ImportPlace, _ file: ImportFile) throws(CofferError)
        -> String
    {
        switch step["action"] {
        case .string(let code): return code
        case .array(let codes):
            let lines = codes.compactMap(\.string)
            guard lines.count == codes.count else { throw file.wrong(place, "has an action that is no code") }
            return lines.joined(separator: "\n")
        case .null: return ""
        case let value?:
            if let code = value["command"]?.string ?? value["code"]?.string { return code }
            throw file.wrong(place, "has an action that is no code", hint: "Actions as pyautogui code are read.")
        case nil: throw file.wrong(place, "lacks \"action\"")
        }
    }

    private static func time(_ step: ForeignJSON, _ options: ImportOptions, _ place: ImportPlace, _ file: ImportFile)
        throws(CofferError) -> Milliseconds?
    {
        guard let text = step["action_timestamp"]?.string else { return nil }
        guard let time = options.zone.stamp(text) else {
            throw file.wrong(place, "has an \"action_timestamp\" that is not like 20260601@120000")
        }
        return time
    }
}
