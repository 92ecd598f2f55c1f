import CX11
import Capture
import CaptureX11
import CofferTestKit
import Foundation
import Records
import Sealing
import Testing
import Vault

/// Keys as the program receives them: repeats, sequences, and whose they are.
@Suite(
    "Typing", .serialized, .blocks,
    .enabled(if: VirtualDisplay.isInstalled, "Xvfb, openbox, xdotool, xterm and setxkbmap are needed"))
struct TypingTests {
    /// A terminal whose program writes all it receives into a file.
    private func open(_ display: VirtualDisplay, _ folder: TemporaryDirectory) throws -> (
        watcher: Watcher, window: String, received: () -> Bytes
    ) {
        let file = folder.path + "/received"
        let window = try display.terminal("Editor", at: "40x10+10+10", "sh", "-c", "stty raw -echo; cat >\(file)")
        let watcher = try Watcher(display)
        try watcher.wait("the editor has the keyboard") { $0.focus?.app.string == "editor" }
        try eventually("the program reads") { FileManager.default.fileExists(atPath: file) }
        return (watcher, window, { FileManager.default.contents(atPath: file).map(Array.init) ?? [] })
    }

    @Test("A held key is there as often as the program received it", arguments: ["k", "BackSpace"])
    func held(_ key: String) throws {
        let display = try VirtualDisplay()
        let folder = try TemporaryDirectory()
        let (watcher, _, received) = try open(display, folder)
        try display.run("xdotool", "keydown", key, "sleep", "1.2", "keyup", key)
        try watcher.wait("the key is up") { $0.keys.contains { !$0.isPress } }
        let presses = watcher.keys.filter(\.isPress)
        try eventually("the program has received all") { received().count >= presses.count }
        #expect(presses.count > 8)
        #expect(received().count == presses.count)
        #expect(presses.allSatisfy { $0.key == key })
        #expect(presses.map(\.isRepeat) == [false] + presses.dropFirst().map { _ in true })
        #expect(watcher.keys.last?.isPress == false && watcher.keys.count { !$0.isPress } == 1)
        #expect(watcher.keys.map(\.time) == watcher.keys.map(\.time).sorted())
    }

    @Test("Keys typed fast, and again right after their release, are no repeats")
    func notHeld() throws {
        let display = try VirtualDisplay()
        let folder = try TemporaryDirectory()
        let (watcher, _, received) = try open(display, folder)
        let text = String(repeating: "aabab", count: 40)
        try display.run("xdotool", "type", "--delay", "4", text)
        try watcher.wait("all is typed") { $0.presses.count >= text.count }
        try eventually("the program has received all") { received().count >= text.count }
        #expect(watcher.presses.joined() == text)
        #expect(watcher.keys.allSatisfy { !$0.isRepeat })
    }

    @Test("Dead keys, the compose key and AltGr write what the program receives")
    func sequences() throws {
        let display = try VirtualDisplay()
        display.environment = ["LC_ALL": "C.UTF-8"]
        try display.run("setxkbmap", "-layout", "us", "-variant", "intl", "-option", "compose:menu")
        let folder = try TemporaryDirectory()
        let (watcher, _, received) = try open(display, folder)
        // By key code, so that xdotool remaps no key: c a f ´ e, Menu , c, a dead key that ends in nothing, AltGr+5.
        let keys = ["54", "38", "41", "48", "26", "135", "59", "54", "48", "53"]
        for key in keys { try display.run("xdotool", "key", key) }
        try display.run("xdotool", "keydown", "108", "key", "14", "keyup", "108")
        try watcher.wait("all is typed") { $0.keys.last.map { !$0.isPress && $0.code == 108 } ?? false }
        let presses = watcher.keys.filter(\.isPress)
        #expect(
            presses.map(\.key) == [
                "c", "a", "f", "dead_acute", "e", "Multi_key", ",", "c", "dead_acute", "x",
                "ISO_Level3_Shift", "€",
            ])
        #expect(presses.map(\.text) == [nil, nil, nil, "", "é", "", "", "ç", "", "", nil, nil])
        let written = presses.map { $0.text ?? ($0.key.count == 1 ? $0.key : "") }.joined()
        try eventually("the program has received all") { received().count >= written.utf8.count }
        #expect(String(decoding: received(), as: UTF8.self) == written)
    }

    @Test("A sequence ends where the keyboard goes to another window")
    func sequenceOfAnother() throws {
        let display = try VirtualDisplay()
        try display.run("setxkbmap", "-layout", "us", "-variant", "intl")
        _ = try display.terminal("First", at: "20x5+10+10", "cat")
        let second = try display.terminal("Second", at: "20x5+300+10", "cat")
        let first = try display.run("xdotool", "search", "--class", "^First$").split(separator: "\n").last
        try display.focus(String(first ?? ""))
        let watcher = try Watcher(display)
        try watcher.wait("the first has the keyboard") { $0.focus?.app.string == "first" }
        try display.run("xdotool", "key", "48")
        try display.focus(second)
        try watcher.wait("the second has the keyboard") { $0.focus?.app.string == "second" }
        try display.run("xdotool", "key", "26")
        try watcher.wait("all is typed") { $0.presses.count >= 2 }
        #expect(watcher.keys.filter(\.isPress).map(\.text) == ["", nil])
    }

    @Test("Keys that another client's window inside the active one gets are not the active one's")
    func embedded() throws {
        let display = try VirtualDisplay(width: 640, height: 480)
        let mine = try display.terminal("Mine", at: "60x20+10+20", "cat")
        let stranger = try Stranger(on: display)
        let inside = stranger.window(inside: UInt(mine), at: (20, 20), size: (150, 100), background: 0xff0000)
        stranger.map(inside)
        let watcher = try Watcher(display)
        try watcher.wait("mine has the keyboard") { $0.focus?.app.string == "mine" }
        // X gives keys to the window under the pointer, inside the one with the focus.
        try display.run("xdotool", "mousemove", "--window", mine, "60", "60", "key", "a")
        try display.run("xdotool", "mousemove", "--window", mine, "250", "200", "key", "b")
        stranger.takeFocus(inside)
        try display.run("xdotool", "key", "c")
        try display.run("xdotool", "windowfocus", "--sync", mine, "key", "d")
        try watcher.wait("all is typed") { $0.presses.count >= 4 }
        #expect(watcher.focus?.window == UInt(mine))
        #expect(watcher.presses == ["a", "b", "c", "d"])
        #expect(watcher.keys.filter(\.isPress).map(\.isOwn) == [false, true, false, true])
    }

    @Test("What was typed right before a window manager's hotkey, or a switch to another window, is recorded")
    func beforeHotkey() throws {
        let display = try VirtualDisplay()
        let other = try display.terminal("Bank", at: "20x5+300+300", "cat")
        let editor = try display.terminal("Editor", at: "40x10+10+10", "cat")
        let name = display.name
        let policy = CapturePolicy(isOn: true, apps: [AppName(test: "editor")], kinds: [.keys])
        let agent = try RunningAgent(policy) { try X11Source(display: name, screen: false, now: CaptureClock().now) }
        try agent.waitUntil(.recording)
        // openbox takes Ctrl+Alt+Left.
        try display.run("xdotool", "type", "--args", "1", "--delay", "2", "abcdefgh", "key", "ctrl+alt+Left")
        try eventually("all of it is in the journal") { agent.home.typed().hasPrefix("abcdefgh") }
        try agent.waitUntil(.recording)
        try display.run(
            "xdotool", "type", "--args", "1", "--delay", "2", "12345678", "windowactivate", "--sync", other, "type",
            "--delay", "2", "secret")
        try agent.waitUntil(.waiting)
        try display.focus(editor)
        try agent.waitUntil(.recording)
        try eventually("all of it is in the journal") { agent.home.typed().contains("12345678") }
        try agent.stop()
        #expect(!(try agent.home.segments(.keys).map(\.typed).joined().contains("s")))
    }

    @Test("Of many motions a few places are reported, in order, and a click has the place of now")
    func manyMotions() throws {
        let display = try VirtualDisplay()
        _ = try display.terminal("Editor", at: "100x40+10+10", "cat")
        try display.run("xdotool", "mousemove", "100", "100")
        let watcher = try Watcher(display)
        try watcher.wait("the editor has the keyboard") { $0.focus?.app.string == "editor" }
        try watcher.forget()
        let moves = (0..<200).flatMap { _ in ["mousemove_relative", "1", "1"] }
        try display.start("xdotool", arguments: moves + ["click", "1"]).waitUntilExit()
        try watcher.wait("the click is there") { $0.buttons.count >= 2 }
        let place = try display.run("xdotool", "getmouselocation", "--shell")
        #expect(watcher.buttons.allSatisfy { place.contains("X=\($0.content.x)\nY=\($0.content.y)\n") })
        #expect(watcher.places.count < 100)
        #expect(watcher.places.map(\.x) == watcher.places.map(\.x).sorted())
    }

    @Test("The last place of the pointer is where it rests")
    func resting() throws {
        let display = try VirtualDisplay()
        _ = try display.terminal("Editor", at: "100x40+10+10", "cat")
        try display.run("xdotool", "mousemove", "100", "100")
        let watcher = try Watcher(display)
        try watcher.wait("the editor has the keyboard") { $0.focus?.app.string == "editor" }
        for _ in 0..<5 {
            let moves = (0..<10).flatMap { _ in ["mousemove_relative", "7", "5"] }
            let process = try display.start("xdotool", arguments: moves)
            process.waitUntilExit()
            let place = try display.run("xdotool", "getmouselocation", "--shell")
            try watcher.wait("the pointer rests at \(place)") { watcher in
                watcher.places.last.map { place.contains("X=\($0.x)\nY=\($0.y)\n") } ?? false
            }
        }
    }
}
