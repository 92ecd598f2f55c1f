import Records
import Sealing

/// Actions as lines of pyautogui code, with the functions that AgentNet uses.
enum PyAutoGUI {
    static func write(_ message: String) -> String { "pyautogui.write(message=\(quoted(message)))" }

    static func press(_ key: String, times: Int) -> String {
        times == 1 ? "pyautogui.press(\(quoted(key)))" : "pyautogui.press(\(quoted(key)), presses=\(times))"
    }

    static func hotkey(_ keys: [String]) -> String {
        "pyautogui.hotkey(\(keys.map(quoted).joined(separator: ", ")))"
    }

    /// A click of any button, or two or three of the left one.
    static func click(_ button: String, times: Int, at place: ScreenPoint) -> String {
        switch (button, times) {
        case ("left", 1): "pyautogui.click(\(place))"
        case ("left", 2): "pyautogui.doubleClick(\(place))"
        case ("left", 3): "computer.tripleClick(\(place))"
        case ("right", 1): "pyautogui.rightClick(\(place))"
        case ("middle", 1): "pyautogui.middleClick(\(place))"
        default: "pyautogui.click(\(place), clicks=\(times), button=\(quoted(button)))"
        }
    }

    static func drag(_ button: String, from: ScreenPoint, to: ScreenPoint) -> String {
        "pyautogui.moveTo(\(from))\npyautogui.dragTo(\(to), button=\(quoted(button)))"
    }

    /// Up and right are positive.
    static func scroll(_ direction: String, clicks: Int, at place: ScreenPoint) -> String {
        let verb = direction == "left" || direction == "right" ? "hscroll" : "scroll"
        let sign = direction == "down" || direction == "left" ? "-" : ""
        return "pyautogui.moveTo(\(place))\npyautogui.\(verb)(\(sign)\(clicks))"
    }

    /// A point of the screen as two arguments.
    struct ScreenPoint: Hashable, Sendable, CustomStringConvertible {
        let x: Fraction
        let y: Fraction

        init(_ pointer: PointerContent) {
            x = Fraction(pointer.x, of: pointer.screenWidth)
            y = Fraction(pointer.y, of: pointer.screenHeight)
        }

        var description: String { "x=\(x), y=\(y)" }
    }

    /// A Python string literal.
    static func quoted(_ string: String) -> String {
        var text = "'"
        for scalar in string.unicodeScalars {
            switch scalar {
            case "'": text += "\\'"
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f: text += "\\x" + Hex.encode([UInt8(scalar.value)])
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "'"
    }
}
