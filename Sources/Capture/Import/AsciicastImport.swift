import Records
import Sealing

/// asciicast, which asciinema records.
///
///     v1   {"version":1,"stdout":[[delay,text],…]}
///     v2   {"version":2,"timestamp":s}, then a line [seconds since the start, code, text] each
///     v3   {"version":3,"timestamp":s}, then a line [seconds since the event before, code, text] each; # comments
///
/// The codes `o` and `i` are output and input. Markers, resizes, the exit status, and codes that a reader does not know
/// are passed over and counted.
struct AsciicastImport {
    /// The longest recording, in seconds: a hundred years.
    private static let maximumTime = 3_155_760_000.0

    private let file: ImportFile
    private let sink: any ImportSink
    private let app: AppName
    private var version = 0
    private var start: Double?
    private var elapsed = 0.0
    private var hasHeader = false
    /// The first half of a surrogate pair at the end of an output or input, which the next one may complete.
    private var halves: [Bool: (high: UInt32, time: Double, place: ImportPlace)] = [:]

    static func read(_ file: ImportFile, _ options: ImportOptions, into sink: any ImportSink) throws(CofferError) {
        var reader = AsciicastImport(
            file: file, sink: sink, app: options.app ?? AppName(windowClass: "terminal"))
        if try reader.isVersion1() {
            sink.read(
                try file.values { place, value throws(CofferError) in try reader.readVersion1(value, place) })
        } else {
            sink.read(
                try file.lines { number, bytes throws(CofferError) in
                    try reader.readLine(bytes, ImportPlace(line: number))
                })
            try reader.end()
        }
    }

    private init(file: ImportFile, sink: any ImportSink, app: AppName) {
        self.file = file
        self.sink = sink
        self.app = app
    }

    private func isVersion1() throws(CofferError) -> Bool {
        let bytes = try file.open()
        guard try bytes.peekSignificant() == UInt8(ascii: "{") else { return false }
        return try bytes.nextValue { number, text throws(CofferError) in
            try file.json(text, at: ImportPlace(line: number))["version"]?.integer(0...9) == 1
        }
    }

    private mutating func readVersion1(_ value: ForeignJSON, _ place: ImportPlace) throws(CofferError) {
        guard value["version"]?.integer(0...9) == 1, let events = value["stdout"]?.array else {
            throw file.wrong(place, "is not an asciicast v1: it lacks \"stdout\"")
        }
        version = 1
        try sink.begin(isRelative: true)
        for (index, event) in events.enumerated() {
            guard let event = event.array, event.count == 2, let delay = event[0].number, delay >= 0 else {
                throw file.wrong(place.step(index), "is not an output [delay, text]")
            }
            elapsed += delay
            try add(event[1], isOutput: true, place.step(index))
        }
        try end()
    }

    private mutating func readLine(_ bytes: UnsafeBufferPointer<UInt8>, _ place: ImportPlace) throws(CofferError) {
        if bytes.first == UInt8(ascii: "#") || start != nil && !sink.takesTimed { return }
        let value = try file.json(bytes, at: place)
        guard hasHeader else { return try readHeader(value, place) }
        guard let event = value.array, event.count == 3, let seconds = event[0].number, seconds >= 0,
            let code = event[1].string
        else { throw file.wrong(place, "is not an event [seconds, code, text]") }
        elapsed = version == 3 ? elapsed + seconds : seconds
        switch code {
        case "o", "i": try add(event[2], isOutput: code == "o", place)
        case "m": sink.passOver("marker")
        case "r": sink.passOver("resize")
        case "x": sink.passOver("exit status")
        default: sink.passOver("event of the unknown code \(ImportFile.quoted(code))")
        }
    }

    private mutating func readHeader(_ value: ForeignJSON, _ place: ImportPlace) throws(CofferError) {
        guard let version = value["version"]?.integer(2...3) else {
            throw file.wrong(place, "is not the header of an asciicast v2 or v3")
        }
        self.version = version
        if let stamp = value["timestamp"], stamp != .null {
            guard let seconds = stamp.number, (0...253_402_300_799).contains(seconds) else {
                throw file.wrong(place, "has a timestamp that is not a number of seconds since 1970")
            }
            start = seconds
        }
        hasHeader = true
        try sink.begin(isRelative: start == nil)
    }

    private mutating func add(_ value: ForeignJSON, isOutput: Bool, _ place: ImportPlace) throws(CofferError) {
        guard var text = value.string else { throw file.wrong(place, "is not an event [seconds, code, text]") }
        guard elapsed <= Self.maximumTime else {
            throw file.wrong(place, "is more than a hundred years after the start")
        }
        var ends: ForeignJSON.HalvedString?
        if case .halved(let halved) = value { ends = halved }
        if let half = halves.removeValue(forKey: isOutput) {
            if let low = ends?.low, let whole = Unicode.Scalar(0x10000 + (half.high - 0xd800) << 10 + low - 0xdc00) {
                text = String(Character(whole)) + String(text.unicodeScalars.dropFirst())
            } else {
                try emit("\u{fffd}", isOutput, half.time, half.place)
            }
        }
        if let high = ends?.high {
            text = String(text.unicodeScalars.dropLast())
            halves[isOutput] = (high, elapsed, place)
        }
        guard text.isEmpty else { return try emit(text, isOutput, elapsed, place) }
        if ends?.high == nil { sink.passOver(isOutput ? "empty output" : "empty input") }
    }

    private func emit(_ text: String, _ isOutput: Bool, _ elapsed: Double, _ place: ImportPlace) throws(CofferError) {
        let time = Milliseconds(clamping: (((start ?? 0) + elapsed) * 1000).rounded())
        try sink.add(ImportItem(time, app, .terminal(TerminalContent(isOutput: isOutput, text: text)), place))
    }

    private mutating func end() throws(CofferError) {
        for isOutput in [true, false] {
            if let half = halves.removeValue(forKey: isOutput) {
                try emit("\u{fffd}", isOutput, half.time, half.place)
            }
        }
        try sink.end()
    }
}
