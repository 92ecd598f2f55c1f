import Records
import Sealing

/// The input events that the code of an AgentNet step means, in order.
struct AgentNetActions {
    /// The time between two events of one step, in milliseconds.
    private static let pace: Milliseconds = 20

    let app: AppName
    /// The picture's size. Coordinates are fractions of it.
    let width: Int
    let height: Int
    private(set) var time: Milliseconds
    private(set) var items: [ImportItem] = []
    private var x: Int
    private var y: Int

    init(app: AppName, width: Int, height: Int, at time: Milliseconds) {
        self.app = app
        self.width = width
        self.height = height
        self.time = time
        x = width / 2
        y = height / 2
    }

    /// False when the call is unknown.
    mutating func perform(_ call: PythonCall) -> Bool {
        let buttons = ["left", "right", "middle"]
        switch call.name {
        case "pyautogui.click":
            let button = call.argument("button", at: 4)?.string ?? "left"
            let clicks = call.named["clicks"]?.number ?? 1
            guard buttons.contains(button), (1...3).contains(clicks) else { return false }
            return click(call, button, times: Int(clicks))
        case "pyautogui.doubleClick": return click(call, "left", times: 2)
        case "pyautogui.tripleClick", "computer.tripleClick": return click(call, "left", times: 3)
        case "pyautogui.rightClick": return click(call, "right", times: 1)
        case "pyautogui.middleClick": return click(call, "middle", times: 1)
        case "pyautogui.moveTo":
            guard move(call) else { return false }
            point(.move)
            return true
        case "pyautogui.dragTo":
            let button = call.named["button"]?.string ?? "left"
            guard buttons.contains(button) else { return false }
            point(.press(button: button))
            guard move(call) else { return false }
            point(.move)
            point(.release(button: button))
            return true
        case "pyautogui.scroll", "pyautogui.hscroll":
            guard let clicks = call.argument("clicks", at: 0)?.number, abs(clicks) <= 65_535 else { return false }
            let directions = call.name == "pyautogui.scroll" ? ("up", "down") : ("right", "left")
            point(.scroll(direction: clicks < 0 ? directions.1 : directions.0, clicks: Int(abs(clicks))))
            return true
        case "pyautogui.write", "pyautogui.typewrite":
            guard let text = call.argument("message", at: 0)?.string else { return false }
            for character in text where !type([String(character)]) { return false }
            return true
        case "pyautogui.press", "pyautogui.hotkey":
            let keys = call.positional.flatMap { $0.strings ?? [] } + (call.named["keys"]?.strings ?? [])
            guard !keys.isEmpty else { return false }
            if call.name == "pyautogui.hotkey" { return type(keys) }
            for key in keys where !type([key]) { return false }
            return true
        case "pyautogui.keyDown", "pyautogui.keyUp":
            guard let name = call.argument("key", at: 0)?.string, let key = KeyNames.keysym(name) else { return false }
            self.key(key, isPress: call.name == "pyautogui.keyDown")
            return true
        case "computer.wait", "pyautogui.sleep", "time.sleep", "computer.terminate": return true
        default: return false
        }
    }

    private mutating func click(_ call: PythonCall, _ button: String, times: Int) -> Bool {
        guard move(call) else { return false }
        for _ in 0..<times {
            point(.press(button: button))
            point(.release(button: button))
        }
        return true
    }

    /// Moves to the call's coordinates, if it has any: pixels if one is above 1, else fractions of the screen. False
    /// when they are incomplete or out of range.
    private mutating func move(_ call: PythonCall) -> Bool {
        let place = (call.argument("x", at: 0)?.number, call.argument("y", at: 1)?.number)
        guard let newX = place.0, let newY = place.1 else { return place.0 == nil && place.1 == nil }
        guard (0...65_535).contains(newX), (0...65_535).contains(newY) else { return false }
        let isFraction = newX <= 1 && newY <= 1
        x = min(width - 1, Int((isFraction ? newX * Double(width) : newX).rounded()))
        y = min(height - 1, Int((isFraction ? newY * Double(height) : newY).rounded()))
        return true
    }

    /// Presses all keys in order, then releases them in reverse order.
    private mutating func type(_ names: [String]) -> Bool {
        let keys = names.compactMap(KeyNames.keysym)
        guard keys.count == names.count else { return false }
        for key in keys { self.key(key, isPress: true) }
        for key in keys.reversed() { self.key(key, isPress: false) }
        return true
    }

    private mutating func key(_ key: String, isPress: Bool) {
        add(.keys(KeyContent(isPress: isPress, key: key, origin: .device)))
    }

    private mutating func point(_ action: PointerContent.Action) {
        add(
            .pointer(
                PointerContent(action: action, x: x, y: y, screenWidth: width, screenHeight: height, origin: .device)))
    }

    private mutating func add(_ content: RecordContent) {
        items.append(ImportItem(time: time, app: app, content: .record(content)))
        time += Self.pace
    }
}
