import Capture
import CaptureX11
import CofferTestKit
import Foundation
import Records
import Sealing
import Testing

@Suite(
    "X11 source", .serialized, .blocks,
    .enabled(if: VirtualDisplay.isInstalled, "Xvfb, openbox, xdotool, xterm and setxkbmap are needed"))
struct X11SourceTests {
    @Test("Typed text comes back, from a synthetic source, releases in pairs")
    func typing() throws {
        let display = try VirtualDisplay()
        _ = try display.terminal("Editor", at: "40x10+10+10", "cat")
        let watcher = try Watcher(display)
        try watcher.wait("the editor has the keyboard") { $0.focus?.app.string == "editor" }
        try display.run("xdotool", "type", "--delay", "12", "Hello, World 42!")
        try watcher.wait("all is typed") { $0.presses.last == "!" }
        #expect(watcher.presses.filter { $0.count == 1 }.joined() == "Hello, World 42!")
        #expect(watcher.presses.contains("Shift_L"))
        #expect(watcher.keys.allSatisfy { $0.origin == .synthetic })
    }

    @Test("A layout switch and a remapped spare key resolve at the press")
    func layouts() throws {
        let display = try VirtualDisplay()
        try display.run("setxkbmap", "-layout", "us,de", "-option", "grp:shifts_toggle")
        _ = try display.terminal("Editor", at: "40x10+10+10", "cat")
        let watcher = try Watcher(display)
        try watcher.wait("the editor has the keyboard") { $0.focus?.app.string == "editor" }
        // é, → and ß are on no key of the first layout: xdotool remaps or switches for each.
        try display.run("xdotool", "type", "--delay", "25", "zyéz→yßz")
        try watcher.wait("all is typed") { $0.presses.filter { $0.count == 1 }.count >= 8 }
        #expect(watcher.presses.filter { $0.count == 1 }.joined() == "zyéz→yßz")
    }

    @Test("No key press is seen twice, and a held key once")
    func held() throws {
        let display = try VirtualDisplay()
        _ = try display.terminal("Editor", at: "40x10+10+10", "cat")
        let watcher = try Watcher(display)
        try watcher.wait("the editor has the keyboard") { $0.focus?.app.string == "editor" }
        try display.run("xdotool", "keydown", "k", "sleep", "0.9", "keyup", "k")
        try watcher.wait("the key is up") { $0.keys.contains { !$0.isPress } }
        #expect(watcher.presses == ["k"])
    }

    @Test("Focus follows the active window, with its class and title")
    func focusing() throws {
        let display = try VirtualDisplay()
        let first = try display.terminal("First", at: "20x5+10+10", "cat")
        _ = try display.terminal("Second One", at: "20x5+300+10", "cat")
        let watcher = try Watcher(display)
        try watcher.wait("the second has the keyboard") { $0.focus?.app.string == "second-one" }
        try display.focus(first)
        try watcher.wait("the first has the keyboard") { $0.focus?.app.string == "first" }
        #expect(watcher.focus?.title == "First")
        try display.run("xdotool", "set_window", "--name", "First again", first)
        try watcher.wait("the title changed") { $0.focus?.title == "First again" }
    }

    @Test("A frame holds the active window and nothing of its neighbour or of what lies above it")
    func neighbours() throws {
        let display = try VirtualDisplay(width: 640, height: 480)
        // A red neighbour beside, and a green one above.
        let red = try display.start(
            "xterm", "-class", "Red", "-bg", "red", "-fg", "red", "-geometry", "30x20+330+20", "-e", "cat")
        let mine = try display.terminal("Mine", at: "40x20+10+20", "cat")
        let watcher = try Watcher(display, screen: true)
        try watcher.wait("a frame of mine") { !$0.frames.isEmpty && $0.focus?.app.string == "mine" }
        let beside = try #require(watcher.frames.last)
        #expect(count(beside) { $0.red > 200 && $0.green < 50 } == 0)
        #expect(count(beside) { $0.red > 200 && $0.green > 200 } > 10_000)
        _ = red
        _ = try display.terminal("Above", at: "20x5+60+60", "cat")
        try display.run("xdotool", "search", "--class", "^Above$", "windowmove", "60", "60")
        try watcher.forget()
        // The keyboard returns to mine without raising it above the other.
        try display.run("xdotool", "windowfocus", "--sync", mine)
        try watcher.wait("no frame while the manager names another") { _ in true }
        #expect(watcher.frames.allSatisfy { count($0) { $0.green > 200 && $0.red < 50 } == 0 })
    }

    private func count(
        _ frame: ScreenFrame, _ condition: ((red: UInt8, green: UInt8, blue: UInt8)) -> Bool
    ) -> Int {
        frame.withPixels { pixels in
            stride(from: 0, to: pixels.count, by: 3).reduce(0) {
                $0 + (condition((pixels[$1], pixels[$1 + 1], pixels[$1 + 2])) ? 1 : 0)
            }
        }
    }
}
