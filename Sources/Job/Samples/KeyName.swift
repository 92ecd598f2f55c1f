/// Translates a key's name in records (a character or a keysym's name) to pyautogui's.
enum KeyName {
    /// Shift, Control, Alt and other modifiers, with pyautogui's names.
    static func modifier(_ key: String) -> String? { modifiers[key] }

    /// Whether a modifier only changes which character a key writes: Shift, and AltGr.
    static func choosesCharacter(_ modifier: String) -> Bool { modifier == "shift" || modifier == "altright" }

    /// The character that the key writes; nil if it writes none.
    static func character(_ key: String) -> String? {
        if key.count == 1, let scalar = key.unicodeScalars.first, scalar.value >= 0x20, scalar.value != 0x7f {
            return key
        }
        return keypad[key]
    }

    /// pyautogui's name of a key that writes no character.
    static func name(_ key: String) -> String {
        if let name = names[key] { return name }
        if let character = character(key) { return character == " " ? "space" : character.lowercased() }
        return key.lowercased()
    }

    private static let modifiers = [
        "Shift_L": "shift", "Shift_R": "shift", "Control_L": "ctrl", "Control_R": "ctrl", "Alt_L": "alt",
        "Alt_R": "alt", "Meta_L": "alt", "Meta_R": "alt", "Super_L": "win", "Super_R": "win", "Hyper_L": "win",
        "Hyper_R": "win", "shift": "shift", "ctrl": "ctrl", "alt": "alt", "win": "win",
        "ISO_Level3_Shift": "altright", "ISO_Level5_Shift": "altright", "Mode_switch": "altright",
        "altright": "altright",
    ]

    private static let names = [
        "Return": "enter", "KP_Enter": "enter", "BackSpace": "backspace", "Tab": "tab", "ISO_Left_Tab": "tab",
        "Escape": "esc", "Delete": "delete", "KP_Delete": "delete", "Insert": "insert", "KP_Insert": "insert",
        "Home": "home", "KP_Home": "home", "End": "end", "KP_End": "end", "Prior": "pageup", "KP_Prior": "pageup",
        "Page_Up": "pageup", "Next": "pagedown", "KP_Next": "pagedown", "Page_Down": "pagedown", "Left": "left",
        "KP_Left": "left", "Right": "right", "KP_Right": "right", "Up": "up", "KP_Up": "up", "Down": "down",
        "KP_Down": "down", "Caps_Lock": "capslock", "Num_Lock": "numlock", "Scroll_Lock": "scrolllock",
        "Print": "printscreen", "Pause": "pause", "Menu": "apps", "XF86AudioMute": "volumemute",
        "XF86AudioLowerVolume": "volumedown", "XF86AudioRaiseVolume": "volumeup",
    ]

    private static let keypad: [String: String] = {
        var keypad = [
            "KP_Add": "+", "KP_Subtract": "-", "KP_Multiply": "*", "KP_Divide": "/", "KP_Decimal": ".",
            "KP_Separator": ",", "KP_Equal": "=", "KP_Space": " ", "space": " ",
        ]
        for digit in 0...9 { keypad["KP_\(digit)"] = String(digit) }
        return keypad
    }()
}
