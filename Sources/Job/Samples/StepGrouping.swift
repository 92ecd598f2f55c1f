import Records
import Sealing

/// The step being built: a run of records of one segment that form one action.
struct StepGrouping: Sendable {
    enum Shape: Sendable {
        case write(String)
        case press(String, times: Int)
        case hotkey([String])
        case click(Click)
        case drag(Click, to: PointerContent)
        case scroll(String, clicks: Int, at: PointerContent)
        case text(label: String, text: String)
        /// A step of an imported trajectory with its own code. Keys and pointer only add events to it.
        case kept(step: Int, code: String)
    }

    struct Click: Sendable {
        let button: String
        let place: PointerContent
        var times = 1
        var isDown = true
        var pressed: Milliseconds
    }

    /// The longest pauses, in milliseconds, within a run of keys, clicks, wheel turns or terminal text.
    enum Gap {
        static let keys: Milliseconds = 2000
        static let clicks: Milliseconds = 500
        static let scroll: Milliseconds = 1000
        static let text: Milliseconds = 1000
    }

    /// How many pixels a click may move before it is a drag.
    static let clickRadius = 5
    /// The most text of one terminal step, in bytes.
    static let maximumText = 65_536
    /// The most characters of one run of keys.
    static let maximumWrite = 256

    var shape: Shape
    /// The other members of a kept step, if the grant covers them.
    var kept: String?
    let start: Milliseconds
    let source: SegmentSource
    let context: ScreenContext
    private(set) var last: Milliseconds
    private(set) var records: ClosedRange<Int>
    private(set) var events: [SampleJSON] = []

    init(_ shape: Shape, start: Milliseconds, source: SegmentSource, index: Int, context: ScreenContext) {
        self.shape = shape
        self.start = start
        self.source = source
        self.context = context
        self.last = start
        self.records = index...index
    }

    /// Whether a record of this segment at this time can still belong to it.
    func isOpen(to record: TimedRecord, gap: Milliseconds) -> Bool {
        record.source == source && record.record.time >= last && record.record.time - last <= gap
    }

    /// Adds text to a step of text, in place: a step may have thousands of pieces.
    mutating func append(_ more: String) {
        guard case .text(let label, var text) = shape else { return }
        // Only one reference to the text may be left, or all of it is copied.
        shape = .text(label: label, text: "")
        text += more
        shape = .text(label: label, text: text)
    }

    /// Adds a record to the step without changing its shape.
    mutating func add(_ record: TimedRecord, _ event: SampleJSON?) {
        last = max(last, record.record.time)
        if record.source == source {
            records = min(records.lowerBound, record.index)...max(records.upperBound, record.index)
        }
        guard let event, case .object(let members) = event else { return }
        let delay = record.record.time - start
        events.append(EventColumns.complete([("dt", .integer(delay.rawValue))] + members))
    }

    var content: Sample.Content {
        switch shape {
        case .write(let text): .action(code: PyAutoGUI.write(text))
        case .press(let key, let times): .action(code: PyAutoGUI.press(key, times: times))
        case .hotkey(let keys): .action(code: PyAutoGUI.hotkey(keys))
        case .click(let click):
            .action(code: PyAutoGUI.click(click.button, times: click.times, at: .init(click.place)))
        case .drag(let click, let to):
            .action(code: PyAutoGUI.drag(click.button, from: .init(click.place), to: .init(to)))
        case .scroll(let direction, let clicks, let place):
            .action(code: PyAutoGUI.scroll(direction, clicks: clicks, at: .init(place)))
        case .text(let label, let text): .text(label: label, text: text)
        case .kept(_, let code): .action(code: code)
        }
    }

    /// The longest pause, in milliseconds, after which nothing joins it. Nil while a record can join it at any time: a
    /// button or a key may still be down.
    var patience: Milliseconds? {
        switch shape {
        case .text: Gap.text
        case .write, .press, .hotkey, .click, .drag, .scroll, .kept: nil
        }
    }

    /// The screen's size as the pointer's records give it.
    var pointerScreen: Sample.Size? {
        switch shape {
        case .click(let click), .drag(let click, _): Sample.Size(click.place)
        case .scroll(_, _, let place): Sample.Size(place)
        default: nil
        }
    }
}

extension Sample.Size {
    init(_ pointer: PointerContent) {
        self.init(width: pointer.screenWidth, height: pointer.screenHeight)
    }
}
