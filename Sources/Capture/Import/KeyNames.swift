/// Translates pyautogui's and pynput's key names to X keysym names.
enum KeyNames {
    /// The name of a key that nothing is known about.
    static let unknown = "unknown"

    private static let table: [String: String] = {
        var table: [String: String] = [
            "enter": "Return", "return": "Return", "space": " ", "backspace": "BackSpace", "tab": "Tab",
            "esc": "Escape", "escape": "Escape", "delete": "Delete", "del": "Delete", "insert": "Insert",
            "home": "Home", "end": "End", "up": "Up", "down": "Down", "left": "Left", "right": "Right",
            "pageup": "Prior", "page_up": "Prior", "pgup": "Prior", "pagedown": "Next", "page_down": "Next",
            "pgdn": "Next", "shift": "Shift_L", "shift_l": "Shift_L", "shiftleft": "Shift_L",
            "shift_r": "Shift_R", "shiftright": "Shift_R", "ctrl": "Control_L", "control": "Control_L",
            "ctrl_l": "Control_L", "ctrlleft": "Control_L", "ctrl_r": "Control_R", "ctrlright": "Control_R",
            "alt": "Alt_L", "alt_l": "Alt_L", "altleft": "Alt_L", "option": "Alt_L", "optionleft": "Alt_L",
            "alt_r": "Alt_R", "altright": "Alt_R", "optionright": "Alt_R", "alt_gr": "ISO_Level3_Shift",
            "cmd": "Super_L", "command": "Super_L", "cmd_l": "Super_L", "cmd_r": "Super_R", "win": "Super_L",
            "windows": "Super_L", "super": "Super_L", "meta": "Super_L", "winleft": "Super_L",
            "winright": "Super_R", "caps_lock": "Caps_Lock", "capslock": "Caps_Lock", "num_lock": "Num_Lock",
            "numlock": "Num_Lock", "scroll_lock": "Scroll_Lock", "scrolllock": "Scroll_Lock",
            "print_screen": "Print", "printscreen": "Print", "prntscrn": "Print", "prtsc": "Print",
            "prtscr": "Print", "print": "Print", "pause": "Pause", "menu": "Menu", "apps": "Menu",
            "help": "Help", "clear": "Clear", "select": "Select", "execute": "Execute", "sleep": "XF86Sleep",
            "add": "KP_Add", "subtract": "KP_Subtract", "multiply": "KP_Multiply", "divide": "KP_Divide",
            "decimal": "KP_Decimal", "separator": "KP_Separator", "volumeup": "XF86AudioRaiseVolume",
            "volumedown": "XF86AudioLowerVolume", "volumemute": "XF86AudioMute",
            "media_volume_up": "XF86AudioRaiseVolume", "media_volume_down": "XF86AudioLowerVolume",
            "media_volume_mute": "XF86AudioMute", "playpause": "XF86AudioPlay",
            "media_play_pause": "XF86AudioPlay", "nexttrack": "XF86AudioNext", "media_next": "XF86AudioNext",
            "prevtrack": "XF86AudioPrev", "media_previous": "XF86AudioPrev", "stop": "XF86AudioStop",
            "browserback": "XF86Back", "browserforward": "XF86Forward", "browserrefresh": "XF86Refresh",
            "browserhome": "XF86HomePage", "browsersearch": "XF86Search", "browserstop": "XF86Stop",
            "browserfavorites": "XF86Favorites", "launchmail": "XF86Mail",
            "launchmediaselect": "XF86AudioMedia", "launchapp1": "XF86Launch1", "launchapp2": "XF86Launch2",
            "kana": "Kana_Lock", "kanji": "Kanji", "hangul": "Hangul", "hanguel": "Hangul", "hanja": "Hangul_Hanja",
            "junja": "Hangul_Jeonja", "convert": "Henkan", "nonconvert": "Muhenkan", "modechange": "Mode_switch",
            "yen": "yen", "fn": "XF86Fn", "\n": "Return", "\t": "Tab", "\r": "Return", "\r\n": "Return",
            "\u{8}": "BackSpace", "\u{1b}": "Escape", "\u{7f}": "Delete",
        ]
        for digit in 0...9 {
            table["num\(digit)"] = "KP_\(digit)"
            table["numpad\(digit)"] = "KP_\(digit)"
        }
        return table
    }()

    /// A character and the name of a keysym stay as they are. Nil for anything else that is not known.
    static func keysym(_ name: String) -> String? {
        if let known = table[name.count == 1 ? name : name.lowercased()] { return known }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) { return nil }
        if let number = name.lowercased().wholeMatch(of: /f([0-9]{1,2})/) { return "F\(number.output.1)" }
        guard !name.isEmpty, name.utf8.count <= 64 else { return nil }
        return name.count == 1 || name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_]*/) != nil ? name : nil
    }

    /// The keys that type a character: itself, or its scalars if it is too long for one key.
    static func typed(_ character: Character) -> [String] {
        let text = String(character)
        return text.utf8.count <= 64 ? [text] : text.unicodeScalars.map { String(Character($0)) }
    }

    /// The key of a raw recording: pynput's name, `<n>` or `$Unknown (n)$` for a key that has only a number.
    static func recorded(_ name: String, system: String) -> String {
        if let number = name.wholeMatch(of: /(?:<|\$Unknown \()([0-9]{1,10})(?:>|\)\$)/).flatMap({ Int($0.output.1) }) {
            return numbered(number, system: system) ?? unknown
        }
        return keysym(name) ?? unknown
    }

    /// A keypad key by the number that X or Windows gives it, or a character by its keysym.
    private static func numbered(_ number: Int, system: String) -> String? {
        let keypad = ["Multiply", "Add", "Separator", "Subtract", "Decimal", "Divide"]
        let first = system == "Windows" ? (digits: 96, signs: 106) : (digits: 0xffb0, signs: 0xffaa)
        if (first.digits..<first.digits + 10).contains(number) { return "KP_\(number - first.digits)" }
        if (first.signs..<first.signs + 6).contains(number) { return "KP_" + keypad[number - first.signs] }
        guard system == "Linux" else { return nil }
        // The keypad with Num Lock off: its middle key is the five.
        let keys = [
            "KP_Home", "KP_Left", "KP_Up", "KP_Right", "KP_Down", "KP_Prior", "KP_Next", "KP_End", "KP_5", "KP_Insert",
            "KP_Delete",
        ]
        if (0xff95..<0xff95 + keys.count).contains(number) { return keys[number - 0xff95] }
        if let name = [0xff8d: "KP_Enter", 0xffbd: "KP_Equal"][number] { return name }
        let scalar = number >= 0x100_0000 ? number - 0x100_0000 : number
        guard (0x20...0xff).contains(number) || number >= 0x100_0100, number != 0x7f,
            let character = UInt32(exactly: scalar).flatMap(Unicode.Scalar.init)
        else { return nil }
        return String(Character(character))
    }
}
