import Records
import Sealing

/// PC Tracker's events: {"timestamp":"2024-11-26_16:15:19","action":"click (828, 1075)","screenshot":…}, the places in
/// pixels, the times without a zone. Actions become pyautogui code; the words as they were stay in the step.
enum PCTrackerImport {
    static func read(_ file: ImportFile, _ options: ImportOptions, into sink: any ImportSink) throws(CofferError) {
        var writer = TrajectoryWriter(file, sink, app: options.app ?? AppName(windowClass: "pctracker"))
        var number = 0
        sink.read(
            try file.values { place, event throws(CofferError) in
                let place = place.step(number)
                guard let words = event["action"]?.string, let image = event["screenshot"]?.string else {
                    throw file.wrong(place, "lacks \"action\" or \"screenshot\"")
                }
                guard let code = code(words) else {
                    throw file.wrong(place, "has the unknown action \(ImportFile.quoted(words))")
                }
                guard let time = event["timestamp"]?.string.flatMap(options.zone.stamp) else {
                    throw file.wrong(place, "has a \"timestamp\" that is not like 2024-11-26_16:15:19")
                }
                if number == 0 { try writer.begin(instruction: nil, rest: nil, start: time, place) }
                let picture = try file.picture(image, at: place)
                try writer.add(
                    TrajectoryWriter.Step(
                        number: number, code: code, picture: picture, screen: picture,
                        rest: AgentNetImport.agentNetStep(number, image, keeping: event, without: ["screenshot"]),
                        time: time), place)
                number += 1
            })
        try writer.end()
    }

    /// The words as pyautogui code; nil when they are not known.
    static func code(_ words: String) -> String? {
        let clicks = [
            "click": "click", "left click": "click", "right click": "rightClick", "middle click": "middleClick",
            "double click": "doubleClick", "triple click": "tripleClick", "move to": "moveTo", "hover": "moveTo",
        ]
        if let found = words.wholeMatch(of: /([a-z ]+?) ?\((-?[0-9.]+), ?(-?[0-9.]+)\)/)?.output {
            if let verb = clicks[String(found.1)] { return "pyautogui.\(verb)(x=\(found.2), y=\(found.3))" }
            if found.1 == "scroll" { return scroll(String(found.2), String(found.3)) }
            if found.1 == "drag to" { return "pyautogui.dragTo(x=\(found.2), y=\(found.3), button='left')" }
            return nil
        }
        let drag = /drag from \((-?[0-9.]+), ?(-?[0-9.]+)\) to \((-?[0-9.]+), ?(-?[0-9.]+)\)/
        if let found = words.wholeMatch(of: drag)?.output {
            return "pyautogui.moveTo(x=\(found.1), y=\(found.2))\n"
                + "pyautogui.dragTo(x=\(found.3), y=\(found.4), button='left')"
        }
        if words.hasPrefix("type text: ") { return "pyautogui.write(\(quoted(String(words.dropFirst(11)))))" }
        if words.hasPrefix("press key: ") {
            return "pyautogui.press(\(quoted(String(words.dropFirst(11)).lowercased())))"
        }
        if let found = words.wholeMatch(of: /(?:hotkey|press hotkey) ?\((.+)\)/)?.output {
            let keys = found.1.split(separator: ",").map { quoted($0.trimmingSpaces.lowercased()) }
            return "pyautogui.hotkey(\(keys.joined(separator: ", ")))"
        }
        return switch words {
        case "wait": "WAIT"
        case "finish": "DONE"
        case "fail": "FAIL"
        default: nil
        }
    }

    /// The lines that the two numbers turn the wheels by.
    private static func scroll(_ dx: String, _ dy: String) -> String {
        let parts = [(dy, "scroll"), (dx, "hscroll")].filter { Double($0.0) != 0 }
        return parts.map { "pyautogui.\($0.1)(\($0.0))" }.joined(separator: "\n")
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'").replacing("\n", with: "\\n") + "'"
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var rest = self
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return rest
    }
}
