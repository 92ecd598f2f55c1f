/// A verb's parameters by place, as pyautogui and AgentNet name them. An argument that is not among them is refused.
struct ActionSignature {
    /// How many places may be filled without a name, and the names, in order.
    let places: [String]
    /// Further names, which have no place.
    var named: Set<String> = ["logScreenshot", "_pause"]
    /// Whether any number of places may be filled.
    var isVariadic = false

    private static let click = ActionSignature(places: ["x", "y", "clicks", "interval", "button", "duration", "tween"])
    private static let sideClick = ActionSignature(places: ["x", "y", "interval", "duration", "tween"])
    private static let manyClicks = ActionSignature(places: ["x", "y", "interval", "button", "duration", "tween"])
    private static let move = ActionSignature(places: ["x", "y", "duration", "tween"])
    private static let drag = ActionSignature(places: ["x", "y", "duration", "tween", "button"])
    private static let button = ActionSignature(places: ["x", "y", "button", "duration", "tween"])
    private static let scroll = ActionSignature(places: ["clicks", "x", "y"])
    private static let write = ActionSignature(places: ["message", "interval"])
    private static let key = ActionSignature(places: ["key"])
    private static let sleep = ActionSignature(places: ["seconds"])

    /// By the name without its module.
    static let all: [String: ActionSignature] = [
        "click": click, "leftClick": sideClick, "rightClick": sideClick, "middleClick": sideClick,
        "doubleClick": manyClicks, "tripleClick": manyClicks, "triple_click": manyClicks, "double_click": manyClicks,
        "moveTo": move, "moveRel": ActionSignature(places: ["xOffset", "yOffset", "duration", "tween"]),
        "move": ActionSignature(places: ["xOffset", "yOffset", "duration", "tween"]), "dragTo": drag,
        "dragRel": ActionSignature(places: ["xOffset", "yOffset", "duration", "tween", "button"]),
        "drag": ActionSignature(places: ["xOffset", "yOffset", "duration", "tween", "button"]), "mouseDown": button,
        "mouseUp": button, "scroll": scroll, "vscroll": scroll, "hscroll": scroll, "write": write,
        "typewrite": write,
        "press": ActionSignature(places: ["keys", "presses", "interval"]),
        "hotkey": ActionSignature(
            places: [], named: ["interval", "keys", "logScreenshot", "_pause"], isVariadic: true),
        "keyDown": key, "keyUp": key, "sleep": sleep, "wait": sleep,
        "terminate": ActionSignature(places: ["status", "answer"]),
    ]

    /// The arguments by name; those of a variadic verb that have no name under "".
    func arguments(of call: PythonCall) throws(PythonCode.Failure) -> [String: [PythonCall.Value]] {
        var values: [String: [PythonCall.Value]] = [:]
        for (place, value) in call.positional.enumerated() {
            if isVariadic {
                values["", default: []].append(value)
            } else if place < places.count {
                values[places[place]] = [value]
            } else {
                throw PythonCode.Failure(what: "gives \(call.name) more than \(places.count) arguments")
            }
        }
        for (name, value) in call.named {
            guard places.contains(name) || named.contains(name) else {
                throw PythonCode.Failure(
                    what: "gives \(call.name) the argument \(ImportFile.quoted(name)), which is not known")
            }
            guard values.updateValue([value], forKey: name) == nil else {
                throw PythonCode.Failure(what: "gives \(call.name) the argument \(name) twice")
            }
        }
        return values
    }
}
