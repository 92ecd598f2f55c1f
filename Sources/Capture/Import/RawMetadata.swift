import Files
import Records
import Sealing

/// What stands beside the events of a raw recording: `metadata.json`, and the task and the windows, if they are there.
struct RawMetadata {
    struct Window {
        let time: Double
        let app: AppName
        let title: String
    }

    /// More windows than this are not read.
    private static let maximumWindows = 100_000

    let width: Int
    let height: Int
    /// Linux, Windows or Darwin; empty if it is not known.
    let system: String
    let start: Milliseconds
    /// The stamp of the events at `start`, if the file says it.
    let base: Double?
    let task: String?
    /// By time. None when all is filed under one app.
    let windows: [Window]

    init(beside file: ImportFile, _ options: ImportOptions, _ sink: any ImportSink) throws(CofferError) {
        let metadata = ImportFile("\(file.directory)/metadata.json", wanted: file.wanted)
        guard DurableFile.exists(metadata.path) else {
            throw CofferError(
                .notFound, "There is no metadata.json beside \(file.name).", rule: "import.format",
                hint: "Nothing of it was imported. A raw recording has its screen's size and its start there.")
        }
        let about = try Self.whole(metadata, sink)
        guard let width = about["screen_width"]?.integer(1...ScreenFrame.maximumSide),
            let height = about["screen_height"]?.integer(1...ScreenFrame.maximumSide)
        else { throw metadata.wrong("has no screen_width and screen_height") }
        guard let text = about["start_time"]?.string,
            let start = options.zone.milliseconds(text, needsZone: false)
        else { throw metadata.wrong("has no start_time such as “2026-06-01 12:00:00”") }
        self.width = width
        self.height = height
        self.start = start
        system = about["system"]?.string ?? ""
        base =
            about["video_start_timestamp"]?.number
            ?? about["obs_record_state_timings"]?["OBS_WEBSOCKET_OUTPUT_STARTING"]?.array?.first?.number
        let name = ImportFile("\(file.directory)/task_name.json", wanted: file.wanted)
        let task = DurableFile.exists(name.path) ? try Self.whole(name, sink)["task_name"]?.string : nil
        self.task = task?.isEmpty == true ? nil : task
        windows = options.app == nil ? try Self.windows(file, sink) : []
    }

    private static func whole(_ file: ImportFile, _ sink: any ImportSink) throws(CofferError) -> ForeignJSON {
        var found: ForeignJSON?
        sink.read(try file.values { _, value throws(CofferError) in found = value })
        guard let found else { throw file.wrong("is empty") }
        return found
    }

    private static func windows(_ file: ImportFile, _ sink: any ImportSink) throws(CofferError) -> [Window] {
        let list = ImportFile("\(file.directory)/top_window.jsonl", wanted: file.wanted)
        guard DurableFile.exists(list.path) else { return [] }
        var windows: [Window] = []
        sink.read(
            try list.values { place, line throws(CofferError) in
                guard let time = line["time_stamp"]?.number, let name = line["top_window_name"]?.string else {
                    throw list.wrong(place, "names no window")
                }
                guard windows.count < maximumWindows else { throw list.wrong(place, "is one window too many") }
                windows.append(Window(time: time, app: AppName(distinguishing: name), title: name))
            })
        return windows.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
    }
}
