import Records
import Sealing

/// Takes the information of a time out of the records of one app and one kind, segment after segment.
///
/// Records of the time go. So do parts of it in later records: the release of a key or a button that went down then,
/// and what later frames still show. A title that came up then and stays is said again after it.
struct Redaction {
    let since: Milliseconds
    let until: Milliseconds
    let kind: Kind
    /// The text that was typed in the time, for titles: in them it is taken for a part of it.
    let typed: String
    /// Whether the app has records after the time, which a title is for.
    let goesOn: Bool

    /// Which presses that have no release yet went down in the time.
    private var down: [String: Bool] = [:]
    private var frames: FrameRedaction
    private(set) var typedNow = ""
    /// Whether the last title of the time says what was typed then.
    private(set) var saysIt = false

    init(since: Milliseconds, until: Milliseconds, kind: Kind, typed: String, goesOn: Bool) {
        self.since = since
        self.until = until
        self.kind = kind
        self.typed = typed
        self.goesOn = goesOn
        frames = FrameRedaction(since: since, until: until)
    }

    /// What is left of a segment.
    struct Rest {
        var records: [Record]
        /// How many records went, and how many frames were blackened in part.
        var removed = 0
        var blackened = 0

        var isChanged: Bool { removed > 0 || blackened > 0 }
    }

    /// How long after the time something may still refer to it.
    static let reach = millisecondsPerDay

    /// Nothing is left to look for in later segments.
    func isOver(before segment: IndexedSegment) -> Bool {
        guard segment.from > until else { return false }
        if segment.from - until > Self.reach { return true }
        return switch kind {
        case .keys, .pointer: !down.values.contains(true)
        case .screen: frames.isOver(at: segment.from)
        case .window, .prompt, .terminal: true
        }
    }

    var shown: Remnants? { frames.shown }

    /// `isNamed` tells whether the command means this segment; of another one nothing goes but what refers to the time.
    mutating func rest(of all: [Record], isNamed: Bool) throws(CofferError) -> Rest {
        if kind == .screen { return try frames.rest(of: all, isNamed: isNamed) }
        let steps = isNamed ? Self.steps(of: all, kind: kind, since: since, until: until) : []
        var rest = Rest(records: [])
        var title: Record?
        for (place, record) in all.enumerated() {
            var goes = isNamed && record.time >= since && record.time <= until || steps.contains(place)
            note(record, &goes)
            if goes {
                rest.removed += 1
                if kind == .window { title = record }
            } else {
                if let lasting = title.flatMap({ lasting($0, before: record.time) }) { rest.records.append(lasting) }
                if record.time > until { title = nil }
                rest.records.append(record)
            }
        }
        if let title {
            saysIt = Self.title(title).map(shows) ?? false
            if let lasting = lasting(title, before: .max) { rest.records.append(lasting) }
        }
        return rest
    }

    /// A release goes with its press.
    private mutating func note(_ record: Record, _ goes: inout Bool) {
        let name: String
        let isPress: Bool
        switch try? RecordContent(record, kind: kind) {
        case .keys(let key):
            name = key.key
            isPress = key.isPress
            if goes, isPress { typedNow += key.text ?? (key.key.count == 1 ? key.key : "") }
        case .pointer(let pointer):
            switch pointer.action {
            case .press(let button): (name, isPress) = (button, true)
            case .release(let button): (name, isPress) = (button, false)
            case .move, .scroll: return
            }
        default: return
        }
        if isPress {
            // A repeat has one release with the press that it repeats.
            down[name] = down[name] == true || goes
        } else if let went = down.removeValue(forKey: name) {
            goes = goes || went
        }
    }

    /// The title that came up in the time and stays after it, said again. Not one in which something stands that was
    /// typed then.
    private func lasting(_ title: Record, before next: Milliseconds) -> Record? {
        guard goesOn, until < .max, until + 1 < next, Day(of: until + 1) == Day(of: title.time),
            let text = Self.title(title), !shows(text)
        else { return nil }
        return Record(time: until + 1, json: title.json)
    }

    private static func title(_ record: Record) -> String? {
        guard case .window(let content) = try? RecordContent(record, kind: .window) else { return nil }
        return content.title
    }

    private func shows(_ title: String) -> Bool {
        let title = title.lowercased()
        let letters = Array(typed.lowercased())
        guard !letters.isEmpty else { return false }
        let length = min(4, letters.count)
        return (0...letters.count - length).contains { title.contains(String(letters[$0..<$0 + length])) }
    }

    /// The places of the steps that last into the times. A step's record holds its whole code and stands before what was
    /// derived from it, so it goes with any part of it. A step lasts until the next one begins.
    private static func steps(of all: [Record], kind: Kind, since: Milliseconds, until: Milliseconds) -> Set<Int> {
        guard let last = all.last?.time else { return [] }
        let places = all.indices.filter { StepContent.isOneStep(all[$0].json, kind: kind) }
        let ends = places.dropFirst().map { all[$0].time } + [last + 1]
        return Set(zip(places, ends).filter { all[$0].time <= until && since < $1 }.map(\.0))
    }
}
