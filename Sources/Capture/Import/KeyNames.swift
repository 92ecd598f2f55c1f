/// Translates pyautogui's and pynput's key names to X keysym names.
enum KeyNames {
    private static let table: [String: String] = [
        "enter": "Return", "return": "Return", "space": " ", "backspace": "BackSpace", "tab": "Tab", "esc": "Escape",
        "escape": "Escape", "delete": "Delete", "del": "Delete", "insert": "Insert", "home": "Home", "end": "End",
        "up": "Up", "down": "Down", "left": "Left", "right": "Right", "pageup": "Prior", "page_up": "Prior",
        "pgup": "Prior", "pagedown": "Next", "page_down": "Next", "pgdn": "Next", "shift": "Shift_L",
        "shift_l": "Shift_L", "shiftleft": "Shift_L", "shift_r": "Shift_R", "shiftright": "Shift_R",
        "ctrl": "Control_L", "control": "Control_L", "ctrl_l": "Control_L", "ctrlleft": "Control_L",
        "ctrl_r": "Control_R", "ctrlright": "Control_R", "alt": "Alt_L", "alt_l": "Alt_L", "altleft": "Alt_L",
        "option": "Alt_L", "alt_r": "Alt_R", "altright": "Alt_R", "alt_gr": "ISO_Level3_Shift", "cmd": "Super_L",
        "command": "Super_L", "cmd_l": "Super_L", "cmd_r": "Super_R", "win": "Super_L", "winleft": "Super_L",
        "winright": "Super_R", "caps_lock": "Caps_Lock", "capslock": "Caps_Lock", "num_lock": "Num_Lock",
        "numlock": "Num_Lock", "scroll_lock": "Scroll_Lock", "scrolllock": "Scroll_Lock", "print_screen": "Print",
        "printscreen": "Print", "prtsc": "Print", "pause": "Pause", "menu": "Menu", "apps": "Menu", "\n": "Return",
        "\t": "Tab", "\r": "Return",
    ]

    /// A character and an unknown name stay as they are. Nil for an empty name, one of more than 64 bytes, or one with
    /// control characters.
    static func keysym(_ name: String) -> String? {
        if let known = table[name.count == 1 ? name : name.lowercased()] { return known }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) { return nil }
        if let number = name.lowercased().wholeMatch(of: /f([0-9]{1,2})/) { return "F\(number.output.1)" }
        guard !name.isEmpty, name.utf8.count <= 64 else { return nil }
        return name
    }
}
