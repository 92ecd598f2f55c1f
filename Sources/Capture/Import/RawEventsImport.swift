import Foundation
import Records
import Sealing

/// The raw recordings of AgentNetTool and DuckTrack, with `metadata.json` beside them:
///
///     events.jsonl            {"time_stamp":s,"action":"move|click|scroll|press|release","x","y","button","pressed","dx","dy","name"}
///     reduced_events….jsonl   {"action":"click|drag|scroll","start_time":s,"end_time":s,"coordinate",…}
///     top_window.jsonl        {"time_stamp":s,"top_window_name":…}      optional: which app from when on
///     task_name.json          {"task_name":…}                           optional
///
/// `time_stamp` counts from an arbitrary moment. `video_start_timestamp`, else the first event, is at `start_time`,
/// which is a local time without a zone and is taken as UTC.
struct RawEventsImport {
    private let file: ImportFile
    private let width: Int
    private let height: Int
    private let start: Milliseconds
    private let base: Double
    private let windows: [(time: Double, app: AppName)]
    private let app: AppName
    private var items: [ImportItem] = []

    static func read(_ path: String, app: AppName?) throws(CofferError) -> Recording {
        let file = try ImportFile(path)
        let lines = try file.json()
        var reader = try RawEventsImport(file, firstEvent: lines.first?.value, app: app)
        try reader.readBeside()
        for (number, event) in lines {
            guard try reader.read(event, number) else { throw file.wrong(number, "is not an event of a recording") }
        }
        return Recording(reader.items, isRelative: false)
    }

    private init(_ file: ImportFile, firstEvent: ForeignJSON?, app: AppName?) throws(CofferError) {
        self.file = file
        let metadata = try ImportFile("\(file.directory)/metadata.json")
        let about = try metadata.json(metadata.bytes, 1)
        guard let width = about["screen_width"]?.integer(1...ScreenFrame.maximumSide),
            let height = about["screen_height"]?.integer(1...ScreenFrame.maximumSide)
        else { throw metadata.wrong("has no screen_width and screen_height") }
        guard let text = about["start_time"]?.string, let start = Self.utc(text) else {
            throw metadata.wrong("has no start_time")
        }
        self.width = width
        self.height = height
        self.start = start
        let timings = about["obs_record_state_timings"]?["OBS_WEBSOCKET_OUTPUT_STARTING"]?.array?.first?.number
        let first = firstEvent.flatMap { $0["time_stamp"]?.number ?? $0["start_time"]?.number }
        base = about["video_start_timestamp"]?.number ?? timings ?? first ?? 0
        windows = app == nil ? try Self.windows(in: file.directory) : []
        self.app = app ?? windows.first?.app ?? AppName(windowClass: "recording")
    }

    private static func utc(_ text: String) -> Milliseconds? {
        let style = Date.ISO8601FormatStyle(dateSeparator: .dash, dateTimeSeparator: .space, timeZone: .gmt)
            .year().month().day().time(includingFractionalSeconds: false).dateTimeSeparator(.space)
        guard let date = try? style.parse(text), date.timeIntervalSince1970 >= 0 else { return nil }
        return Milliseconds(clamping: date.timeIntervalSince1970 * 1000)
    }

    private static func windows(in directory: String) throws(CofferError) -> [(time: Double, app: AppName)] {
        let path = "\(directory)/top_window.jsonl"
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let file = try ImportFile(path)
        var windows: [(Double, AppName)] = []
        for (number, line) in try file.json() {
            guard let time = line["time_stamp"]?.number, let name = line["top_window_name"]?.string,
                time >= windows.last?.0 ?? -.infinity
            else { throw file.wrong(number, "names no window, or goes back in time") }
            windows.append((time, AppName(windowClass: name)))
        }
        return windows
    }

    /// The task, and which window was on top at which time.
    private mutating func readBeside() throws(CofferError) {
        let path = "\(file.directory)/task_name.json"
        if FileManager.default.fileExists(atPath: path) {
            let task = try ImportFile(path)
            if let name = try task.json(task.bytes, 1)["task_name"]?.string, !name.isEmpty {
                items.append(
                    ImportItem(
                        time: start, app: app, content: .record(.prompt(PromptContent(role: .user, text: name)))))
            }
        }
        for window in windows where window.time >= base && isNear(window.time) {
            add(.window(WindowContent(title: window.app.string)), at: window.time)
        }
    }

    private mutating func add(_ content: RecordContent, at stamp: Double) {
        let app = windows.last { $0.time <= stamp }?.app ?? self.app
        let time = start + Milliseconds(clamping: ((stamp - base) * 1000).rounded())
        items.append(ImportItem(time: time, app: app, content: .record(content)))
    }

    private mutating func point(_ action: PointerContent.Action, _ place: (x: Int, y: Int), at stamp: Double) {
        add(
            .pointer(
                PointerContent(
                    action: action, x: place.x, y: place.y, screenWidth: width, screenHeight: height, origin: .device)),
            at: stamp)
    }

    private static func place(_ value: ForeignJSON?) -> (x: Int, y: Int)? {
        guard let x = value?["x"]?.number, let y = value?["y"]?.number, abs(x) <= 65_535, abs(y) <= 65_535 else {
            return nil
        }
        return (max(0, Int(x.rounded())), max(0, Int(y.rounded())))
    }

    /// False when the line is not a known event.
    private mutating func read(_ event: ForeignJSON, _ line: Int) throws(CofferError) -> Bool {
        guard let action = event["action"]?.string else { return false }
        if let stamp = event["start_time"]?.number, event["time_stamp"] == nil {
            return isNear(stamp) && readReduced(action, event, at: stamp)
        }
        guard let stamp = event["time_stamp"]?.number, isNear(stamp) else { return false }
        switch action {
        case "press", "release":
            guard let name = event["name"]?.string, let key = KeyNames.keysym(name) else { return false }
            add(.keys(KeyContent(isPress: action == "press", key: key, origin: .device)), at: stamp)
        case "move":
            guard let place = Self.place(event) else { return false }
            point(.move, place, at: stamp)
        case "click":
            guard let place = Self.place(event), let isPress = event["pressed"]?.boolean,
                let button = Self.button(event["button"])
            else { return false }
            point(isPress ? .press(button: button) : .release(button: button), place, at: stamp)
        case "scroll": return scroll(event, at: stamp)
        default: return false
        }
        return true
    }

    /// The time, if it is within a year of the recording's start.
    private func isNear(_ stamp: Double) -> Bool { abs(stamp - base) <= 31_536_000 }

    private static func button(_ value: ForeignJSON?) -> String? {
        value?.string.flatMap { PointerContent.buttons.contains($0) ? $0 : nil }
    }

    private mutating func scroll(_ event: ForeignJSON, at stamp: Double) -> Bool {
        guard let place = Self.place(event), let dx = event["dx"]?.number, let dy = event["dy"]?.number,
            abs(dx) <= 65_535, abs(dy) <= 65_535
        else { return false }
        // A touchpad reports steps of length zero.
        for (value, directions) in [(dy, ("up", "down")), (dx, ("right", "left"))] where value.rounded() != 0 {
            point(
                .scroll(direction: value < 0 ? directions.1 : directions.0, clicks: Int(abs(value.rounded()))), place,
                at: stamp)
        }
        return true
    }

    private mutating func readReduced(_ action: String, _ event: ForeignJSON, at start: Double) -> Bool {
        guard let end = event["end_time"]?.number, isNear(end) else { return false }
        switch action {
        case "click":
            guard let button = Self.button(event["button"]), let places = event["coordinates"]?.array else {
                return false
            }
            for place in places {
                guard let place = Self.place(place) else { return false }
                point(.press(button: button), place, at: start)
                point(.release(button: button), place, at: end)
            }
        case "drag":
            guard let button = Self.button(event["button"]), let from = Self.place(event["coordinate"]),
                let last = event["drag_trace"]?.array?.last?.array, last.count == 2, let x = last[0].number,
                let y = last[1].number, let to = Self.place(.object(["x": .number(x), "y": .number(y)]))
            else { return false }
            point(.press(button: button), from, at: start)
            point(.move, to, at: end)
            point(.release(button: button), to, at: end)
        case "scroll":
            guard let trace = event["trace"]?.array, let times = event["time_trace"]?.array, trace.count == times.count
            else { return false }
            for (turn, time) in zip(trace, times) {
                guard let stamp = time.number, isNear(stamp), scroll(turn, at: stamp) else { return false }
            }
        default: return false
        }
        return true
    }
}
