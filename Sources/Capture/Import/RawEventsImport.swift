import Files
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
/// which is a local time without a zone.
struct RawEventsImport {
    private let file: ImportFile
    private let sink: any ImportSink
    private let about: RawMetadata
    private let app: AppName
    private var base: Double
    private var windows: ArraySlice<RawMetadata.Window>
    private var currentApp: AppName
    /// The parts of wheel clicks that a touchpad has turned, by axis.
    private var turned = (x: 0.0, y: 0.0)

    static func read(_ file: ImportFile, _ options: ImportOptions, into sink: any ImportSink) throws(CofferError) {
        let about = try RawMetadata(beside: file, options, sink)
        let first = try file.firstValue().flatMap { $0["time_stamp"]?.number ?? $0["start_time"]?.number }
        var reader = RawEventsImport(file, sink, about, base: about.base ?? first ?? 0, app: options.app)
        try sink.begin(isRelative: false)
        guard sink.takesTimed else { return try sink.end() }
        if let task = about.task {
            try sink.add(
                ImportItem(
                    about.start, reader.currentApp, .prompt(PromptContent(role: .user, text: task)),
                    ImportPlace(line: 1)))
        }
        sink.read(try file.values { place, event throws(CofferError) in try reader.read(event, place) })
        try reader.titles(until: .infinity, ImportPlace(line: 1))
        try sink.end()
    }

    private init(_ file: ImportFile, _ sink: any ImportSink, _ about: RawMetadata, base: Double, app: AppName?) {
        self.file = file
        self.sink = sink
        self.about = about
        self.base = base
        self.app = app ?? about.windows.first?.app ?? AppName(windowClass: "recording")
        windows = about.windows[...]
        currentApp = self.app
    }

    private func time(_ stamp: Double) -> Milliseconds {
        let delay = Milliseconds(clamping: (abs(stamp - base) * 1000).rounded())
        return stamp < base ? about.start - min(about.start, delay) : about.start + delay
    }

    /// The titles of the windows that came on top before this time.
    private mutating func titles(until stamp: Double, _ place: ImportPlace) throws(CofferError) {
        while let window = windows.first, window.time <= stamp {
            windows.removeFirst()
            currentApp = window.app
            guard isNear(window.time), window.time >= base else { continue }
            try sink.add(
                ImportItem(time(window.time), window.app, .window(WindowContent(title: window.title)), place))
        }
    }

    private mutating func add(_ content: RecordContent, at stamp: Double, _ place: ImportPlace) throws(CofferError) {
        try titles(until: stamp, place)
        try sink.add(ImportItem(time(stamp), currentApp, content, place))
    }

    /// A point on the screen: the nearest one, marked, for a place off it.
    private mutating func point(
        _ action: PointerContent.Action, _ spot: (x: Double, y: Double), at stamp: Double, _ place: ImportPlace
    ) throws(CofferError) {
        let x = min(max(spot.x.rounded(), 0), Double(about.width - 1))
        let y = min(max(spot.y.rounded(), 0), Double(about.height - 1))
        // A pixel at the edge is rounding.
        let isOff = abs(spot.x - x) > 1 || abs(spot.y - y) > 1
        let content = PointerContent(
            action: action, x: Int(x), y: Int(y), screenWidth: about.width, screenHeight: about.height,
            origin: .device, isOff: isOff)
        try add(.pointer(content), at: stamp, place)
    }

    private func spot(_ value: ForeignJSON, _ place: ImportPlace) throws(CofferError) -> (x: Double, y: Double) {
        guard let x = value["x"]?.number, let y = value["y"]?.number, abs(x) <= 1_000_000, abs(y) <= 1_000_000 else {
            throw file.wrong(place, "has no \"x\" and \"y\"")
        }
        return (x, y)
    }

    private mutating func read(_ event: ForeignJSON, _ place: ImportPlace) throws(CofferError) {
        guard let action = event["action"]?.string else {
            throw file.wrong(place, "is not an event of a recording: it has no \"action\"")
        }
        if let stamp = event["start_time"]?.number, event["time_stamp"] == nil {
            return try readReduced(action, event, at: try near(stamp, place), place)
        }
        guard let number = event["time_stamp"]?.number else { throw file.wrong(place, "has no \"time_stamp\"") }
        let stamp = try near(number, place)
        switch action {
        case "press", "release":
            let key: String
            switch event["name"] {
            case .null, nil: key = KeyNames.unknown
            case let name?:
                guard let name = name.string else { throw file.wrong(place, "has a \"name\" that is no text") }
                key = KeyNames.recorded(name, system: about.system)
            }
            if key == KeyNames.unknown { sink.passOver("name of a key that is kept as unknown") }
            try add(.keys(KeyContent(isPress: action == "press", key: key, origin: .device)), at: stamp, place)
        case "move": try point(.move, try spot(event, place), at: stamp, place)
        case "click":
            guard let isPress = event["pressed"]?.boolean else { throw file.wrong(place, "has no \"pressed\"") }
            guard let button = try button(event["button"], place) else { return }
            try point(
                isPress ? .press(button: button) : .release(button: button), try spot(event, place), at: stamp, place)
        case "scroll": try scroll(event, at: stamp, place)
        case "pause", "resume": sink.passOver("mark of a pause")
        default: throw file.wrong(place, "has the unknown action \(ImportFile.quoted(action))")
        }
    }

    private func isNear(_ stamp: Double) -> Bool { abs(stamp - base) <= 31_536_000 }

    private func near(_ stamp: Double, _ place: ImportPlace) throws(CofferError) -> Double {
        guard isNear(stamp) else { throw file.wrong(place, "is more than a year from the recording's start") }
        return stamp
    }

    /// The button's name in records. A button that records do not know is passed over.
    private func button(_ value: ForeignJSON?, _ place: ImportPlace) throws(CofferError) -> String? {
        guard let name = value?.string else { throw file.wrong(place, "has no \"button\"") }
        switch name {
        case "button8", "x1": return "back"
        case "button9", "x2": return "forward"
        case _ where PointerContent.buttons.contains(name): return name
        default:
            sink.passOver("press or release of the button \(ImportFile.quoted(name))")
            return nil
        }
    }

    /// A touchpad reports parts of clicks, which add up.
    private mutating func scroll(_ event: ForeignJSON, at stamp: Double, _ place: ImportPlace) throws(CofferError) {
        guard let dx = event["dx"]?.number, let dy = event["dy"]?.number, abs(dx) <= 65_535, abs(dy) <= 65_535 else {
            throw file.wrong(place, "has no \"dx\" and \"dy\"")
        }
        let spot = try spot(event, place)
        let turns = [(Self.clicks(dy, &turned.y), ("up", "down")), (Self.clicks(dx, &turned.x), ("right", "left"))]
        for (clicks, directions) in turns where clicks != 0 {
            try point(
                .scroll(direction: clicks < 0 ? directions.1 : directions.0, clicks: abs(clicks)), spot, at: stamp,
                place)
        }
    }

    private static func clicks(_ part: Double, _ turned: inout Double) -> Int {
        // A turn the other way starts from zero.
        turned = turned * part < 0 ? part : turned + part
        let whole = (turned + (turned < 0 ? -1e-6 : 1e-6)).rounded(.towardZero)
        turned -= whole
        return Int(whole)
    }

    private mutating func readReduced(_ action: String, _ event: ForeignJSON, at start: Double, _ place: ImportPlace)
        throws(CofferError)
    {
        guard let stop = event["end_time"]?.number else { throw file.wrong(place, "has no \"end_time\"") }
        let end = try near(stop, place)
        switch action {
        case "click":
            guard let places = event["coordinates"]?.array else { throw file.wrong(place, "has no \"coordinates\"") }
            guard let button = try button(event["button"], place) else { return }
            for value in places {
                let spot = try spot(value, place)
                try point(.press(button: button), spot, at: start, place)
                try point(.release(button: button), spot, at: end, place)
            }
        case "drag":
            guard let from = event["coordinate"], let last = event["drag_trace"]?.array?.last?.array, last.count == 2
            else { throw file.wrong(place, "has no \"coordinate\" and \"drag_trace\"") }
            guard let button = try button(event["button"], place) else { return }
            let to = try spot(.object([.init("x", last[0]), .init("y", last[1])]), place)
            try point(.press(button: button), try spot(from, place), at: start, place)
            try point(.move, to, at: end, place)
            try point(.release(button: button), to, at: end, place)
        case "scroll":
            guard let trace = event["trace"]?.array, let times = event["time_trace"]?.array, trace.count == times.count
            else { throw file.wrong(place, "has no \"trace\" and \"time_trace\"") }
            for (turn, time) in zip(trace, times) {
                guard let stamp = time.number else { throw file.wrong(place, "has a time that is no number") }
                try scroll(turn, at: try near(stamp, place), place)
            }
        case "press", "type":
            throw file.wrong(
                place, "is a reduced action \(ImportFile.quoted(action)), which is not read",
                hint: "Import events.jsonl beside it.")
        default: throw file.wrong(place, "has the unknown action \(ImportFile.quoted(action))")
        }
    }
}
