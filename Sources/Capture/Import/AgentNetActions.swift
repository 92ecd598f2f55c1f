import Records
import Sealing

/// The input events that the code of a trajectory's steps means, in order. The pointer stays where a step left it.
struct AgentNetActions {
    /// The time between two events of one step, in milliseconds.
    private static let pace: Milliseconds = 20
    /// The longest pause that a step may ask for, in milliseconds: an hour.
    private static let maximumPause = 3_600_000.0

    let app: AppName
    /// The size of the step's picture.
    var width: Int
    var height: Int
    private(set) var time: Milliseconds = 0
    private(set) var items: [ImportItem] = []
    /// Which kinds of input the step's calls are.
    private(set) var hasKeys = false
    private(set) var hasPointer = false
    private var place = ImportPlace(line: 1)
    private var x: Double
    private var y: Double

    init(app: AppName, width: Int, height: Int) {
        self.app = app
        self.width = width
        self.height = height
        x = Double(width) / 2
        y = Double(height) / 2
    }

    /// The events of a step's code.
    mutating func perform(_ code: String, width: Int, height: Int, at time: Milliseconds, _ place: ImportPlace)
        throws(PythonCode.Failure) -> [ImportItem]
    {
        // The pointer's place is a share of the screen.
        x *= Double(width) / Double(self.width)
        y *= Double(height) / Double(self.height)
        self.width = width
        self.height = height
        self.time = time
        self.place = place
        items = []
        (hasKeys, hasPointer) = (false, false)
        for call in try PythonCode(code).calls { try perform(call) }
        return items
    }

    private mutating func perform(_ call: PythonCall) throws(PythonCode.Failure) {
        if ["WAIT", "DONE", "FAIL", "pass"].contains(call.name) { return }
        let parts = call.name.split(separator: ".").map(String.init)
        let verb = parts.last ?? ""
        guard parts.count == 1 || parts.count == 2 && ["pyautogui", "computer", "time", "pag"].contains(parts[0]),
            let signature = ActionSignature.all[verb]
        else { throw PythonCode.Failure(what: "has the unknown action \(ImportFile.quoted(call.name))") }
        let arguments = Arguments(call.name, try signature.arguments(of: call))
        switch verb {
        case "click": try click(arguments, try arguments.button(), times: try arguments.count("clicks", 1))
        case "leftClick": try click(arguments, "left", times: 1)
        case "rightClick": try click(arguments, "right", times: 1)
        case "middleClick": try click(arguments, "middle", times: 1)
        case "doubleClick", "double_click": try click(arguments, try arguments.button(), times: 2)
        case "tripleClick", "triple_click": try click(arguments, try arguments.button(), times: 3)
        case "moveTo", "moveRel", "move":
            try move(arguments)
            point(.move)
        case "dragTo", "dragRel", "drag":
            let button = try arguments.button()
            point(.press(button: button))
            try move(arguments)
            point(.move)
            point(.release(button: button))
        case "mouseDown", "mouseUp":
            let button = try arguments.button()
            try move(arguments)
            point(verb == "mouseDown" ? .press(button: button) : .release(button: button))
        case "scroll", "vscroll", "hscroll": try scroll(arguments, isVertical: verb != "hscroll")
        case "write", "typewrite": try write(arguments)
        case "press": try press(arguments)
        case "hotkey":
            let keys = try arguments.keys("") + arguments.keys("keys")
            guard !keys.isEmpty else { throw arguments.wrong("keys") }
            try type(keys, call.name)
        case "keyDown", "keyUp":
            let names = try arguments.keys("key")
            guard names.count == 1 else { throw arguments.wrong("key") }
            key(try Self.keysym(names[0], call.name), isPress: verb == "keyDown")
        case "sleep", "wait": time += try arguments.pause("seconds")
        default: break
        }
        time += try arguments.pause("duration")
    }

    private mutating func click(_ arguments: Arguments, _ button: String, times: Int) throws(PythonCode.Failure) {
        try move(arguments)
        let interval = try arguments.pause("interval")
        for number in 0..<times {
            if number > 0 { time += interval }
            point(.press(button: button))
            point(.release(button: button))
        }
        hasPointer = true
    }

    private mutating func scroll(_ arguments: Arguments, isVertical: Bool) throws(PythonCode.Failure) {
        guard let clicks = try arguments.number("clicks") else { throw arguments.wrong("clicks") }
        guard abs(clicks) <= 65_535 else { throw arguments.wrong("clicks") }
        try move(arguments)
        hasPointer = true
        // A part of a click away from zero is a click.
        let turns = Int(abs(clicks).rounded(.up))
        guard turns > 0 else { return }
        let directions = isVertical ? ("up", "down") : ("right", "left")
        point(.scroll(direction: clicks < 0 ? directions.1 : directions.0, clicks: turns))
    }

    private mutating func write(_ arguments: Arguments) throws(PythonCode.Failure) {
        guard let message = try arguments.value("message"), let texts = message.strings else {
            throw arguments.wrong("message")
        }
        let interval = try arguments.pause("interval")
        hasKeys = true
        // A list names keys; a text is typed character by character.
        let keys = message.string.map { $0.flatMap(KeyNames.typed) } ?? texts
        for key in keys {
            try type([key], arguments.verb)
            time += interval
        }
    }

    private mutating func press(_ arguments: Arguments) throws(PythonCode.Failure) {
        let keys = try arguments.keys("keys")
        guard !keys.isEmpty else { throw arguments.wrong("keys") }
        let presses = try arguments.count("presses", 1)
        let interval = try arguments.pause("interval")
        for _ in 0..<presses {
            for key in keys { try type([key], arguments.verb) }
            time += interval
        }
        hasKeys = true
    }

    /// Moves to the call's coordinates, if it has any: pixels if one is above 1, else fractions of the screen.
    private mutating func move(_ arguments: Arguments) throws(PythonCode.Failure) {
        hasPointer = true
        if let dx = try arguments.number("xOffset") { x = try inside(x + scaled(dx, width), width, arguments) }
        if let dy = try arguments.number("yOffset") { y = try inside(y + scaled(dy, height), height, arguments) }
        guard let point = try arguments.point() else { return }
        let isFraction = (point.x ?? 0) <= 1 && (point.y ?? 0) <= 1
        if let newX = point.x { x = try inside(isFraction ? newX * Double(width) : newX, width, arguments) }
        if let newY = point.y { y = try inside(isFraction ? newY * Double(height) : newY, height, arguments) }
    }

    /// A distance below one is a share of the screen.
    private func scaled(_ distance: Double, _ side: Int) -> Double {
        abs(distance) < 1 ? distance * Double(side) : distance
    }

    private func inside(_ value: Double, _ side: Int, _ arguments: Arguments) throws(PythonCode.Failure) -> Double {
        guard (0...Double(side)).contains(value) else {
            throw PythonCode.Failure(
                what: "has a place outside its picture of \(width) × \(height) pixels in \(arguments.verb)")
        }
        return value
    }

    /// Presses all keys in order, then releases them in reverse order.
    private mutating func type(_ names: [String], _ verb: String) throws(PythonCode.Failure) {
        var keys: [String] = []
        for name in names { keys.append(try Self.keysym(name, verb)) }
        for key in keys { self.key(key, isPress: true) }
        for key in keys.reversed() { self.key(key, isPress: false) }
    }

    private static func keysym(_ name: String, _ verb: String) throws(PythonCode.Failure) -> String {
        guard let key = KeyNames.keysym(name) else {
            throw PythonCode.Failure(what: "has the unknown key \(ImportFile.quoted(name)) in \(verb)")
        }
        return key
    }

    private mutating func key(_ key: String, isPress: Bool) {
        hasKeys = true
        add(.keys(KeyContent(isPress: isPress, key: key, origin: .device)))
    }

    private mutating func point(_ action: PointerContent.Action) {
        hasPointer = true
        add(
            .pointer(
                PointerContent(
                    action: action, x: min(width - 1, Int(x.rounded())), y: min(height - 1, Int(y.rounded())),
                    screenWidth: width, screenHeight: height, origin: .device)))
    }

    private mutating func add(_ content: RecordContent) {
        items.append(ImportItem(time, app, content, place))
        time += Self.pace
    }

    /// A call's arguments, checked when they are read. None counts as not given.
    private struct Arguments {
        let verb: String
        private let values: [String: [PythonCall.Value]]

        init(_ verb: String, _ values: [String: [PythonCall.Value]]) {
            self.verb = verb
            self.values = values
        }

        func wrong(_ name: String) -> PythonCode.Failure {
            PythonCode.Failure(what: "gives \(verb) a wrong \(name.isEmpty ? "key" : name)")
        }

        func value(_ name: String) throws(PythonCode.Failure) -> PythonCall.Value? {
            guard let value = values[name]?.first, !value.isNone else { return nil }
            return value
        }

        func number(_ name: String) throws(PythonCode.Failure) -> Double? {
            guard let value = try value(name) else { return nil }
            guard let number = value.number, abs(number) <= 1_000_000 else { throw wrong(name) }
            return number
        }

        func count(_ name: String, _ usual: Int) throws(PythonCode.Failure) -> Int {
            guard let number = try number(name) else { return usual }
            guard number.rounded() == number, (1...1000).contains(number) else { throw wrong(name) }
            return Int(number)
        }

        func pause(_ name: String) throws(PythonCode.Failure) -> Milliseconds {
            guard let number = try number(name) else { return 0 }
            guard number >= 0, number * 1000 <= AgentNetActions.maximumPause else { throw wrong(name) }
            return Milliseconds(clamping: (number * 1000).rounded())
        }

        func button() throws(PythonCode.Failure) -> String {
            guard let value = try value("button") else { return "left" }
            let names = [
                "pyautogui.LEFT": "left", "pyautogui.MIDDLE": "middle", "pyautogui.RIGHT": "right",
                "pyautogui.PRIMARY": "left", "pyautogui.SECONDARY": "right",
            ]
            let name: String? =
                if case .word(let word) = value { names[word] } else { value.string }
            switch name?.lowercased() {
            case "left", "primary": return "left"
            case "right", "secondary": return "right"
            case "middle": return "middle"
            default: throw wrong("button")
            }
        }

        /// The point (x, y), of which one may be missing; nil when both are.
        func point() throws(PythonCode.Failure) -> (x: Double?, y: Double?)? {
            if case .list(let pair)? = try value("x") {
                guard pair.count == 2, let x = pair[0].number, let y = pair[1].number else { throw wrong("x") }
                return (x, y)
            }
            let point = (x: try number("x"), y: try number("y"))
            return point.x == nil && point.y == nil ? nil : point
        }

        func keys(_ name: String) throws(PythonCode.Failure) -> [String] {
            var keys: [String] = []
            for value in values[name] ?? [] where !value.isNone {
                guard let names = value.strings else { throw wrong(name) }
                keys += names
            }
            return keys
        }
    }
}
