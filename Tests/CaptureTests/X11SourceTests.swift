import Capture
@testable import CaptureX11
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

    @Test("Focus follows the active window, with its class and title")
    func focusing() throws {
        let display = try VirtualDisplay()
        let first = try display.terminal("First", at: "20x5+10+10", "cat")
        _ = try display.terminal("Second One", at: "20x5+300+10", "cat")
        let watcher = try Watcher(display)
        try watcher.wait("the second has the keyboard") { $0.focus?.app == AppName(distinguishing: "Second One") }
        try display.focus(first)
        try watcher.wait("the first has the keyboard") { $0.focus?.app.string == "first" }
        #expect(watcher.focus?.title == "First")
        try display.run("xdotool", "set_window", "--name", "First again", first)
        try watcher.wait("the title changed") { $0.focus?.title == "First again" }
    }

    /// A server gives a client's ids to the next client, and the window manager may name the window all the while.
    @Test("A window that has the id of one that is gone gets the focus")
    func sameID() throws {
        let display = try VirtualDisplay()
        let watcher = try Watcher(display)
        var ids: Set<String> = []
        for name in ["one", "two", "three"] {
            let window = try display.terminal(name, at: "20x5+10+10", "cat")
            ids.insert(window)
            try watcher.wait("\(name) has the keyboard") { $0.focus?.app.string == name }
            try display.run("xdotool", "windowkill", window)
            try watcher.wait("\(name) is gone") { $0.focus == nil }
        }
        #expect(ids.count < 3, "no id came again, so this shows nothing")
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

    @Test("What another client draws inside the active window is black, and clicks on it are not that window's")
    func embedded() throws {
        let display = try VirtualDisplay(width: 640, height: 480)
        let mine = try display.terminal("Mine", at: "60x20+10+20", "cat")
        let stranger = try Stranger(on: display)
        let inside = stranger.window(
            inside: UInt(mine), at: (20, 20), size: (150, 100), background: 0xff0000)
        stranger.map(inside)
        let watcher = try Watcher(display, screen: true)
        try watcher.wait("a frame of mine") { !$0.frames.isEmpty }
        let frame = try #require(watcher.frames.last)
        #expect(count(frame) { $0.red > 200 && $0.green < 50 } == 0)
        #expect(count(frame) { $0.red > 200 && $0.green > 200 } > 10_000)
        try display.run("xdotool", "mousemove", "--window", mine, "60", "60", "click", "1")
        try display.run("xdotool", "mousemove", "--window", mine, "250", "200", "click", "3")
        try watcher.wait("both clicks are there") { $0.buttons.count >= 4 }
        #expect(watcher.buttons.map { $0.isOver } == [false, false, true, true])
    }

    @Test("Clicks on a window above the active one, which takes no focus, are not the active one's")
    func screenKeyboard() throws {
        let display = try VirtualDisplay(width: 640, height: 480)
        let mine = try display.terminal("Mine", at: "60x20+10+20", "cat")
        let stranger = try Stranger(on: display)
        let above = stranger.window(at: (40, 60), size: (100, 100), background: 0xff)
        stranger.mapAbove(above)
        let beside = stranger.window(at: (500, 380), size: (100, 80), background: 0xff)
        stranger.mapAbove(beside)
        let watcher = try Watcher(display)
        try watcher.wait("mine has the keyboard") { $0.focus != nil }
        for place in [("80", "100"), ("540", "420"), ("200", "200")] {
            try display.run("xdotool", "mousemove", place.0, place.1, "click", "3")
        }
        try watcher.wait("all clicks are there") { $0.buttons.count >= 6 }
        #expect(watcher.focus?.window == UInt(mine))
        #expect(watcher.buttons.map { $0.isOver } == [false, false, false, false, true, true])
    }

    @Test("A new window that has not painted yet shows nothing of what was there before")
    func unpainted() throws {
        let display = try VirtualDisplay(width: 640, height: 480)
        try display.start(
            "xterm", "-class", "Red", "-bg", "red", "-fg", "red", "-geometry", "60x30+0+0", "-e", "cat")
        try eventually("the other window is there") {
            try !display.run("xdotool", "search", "--class", "^Red$").isEmpty
        }
        let watcher = try Watcher(display, screen: true)
        let app = try Stranger(on: display)
        let size: (width: UInt32, height: UInt32) = (200, 150)
        let window = app.window(windowClass: "Mine", at: (20, 40), size: size, background: nil)
        try watcher.wait("the source has seen the new window") { _ in true }
        app.map(window)
        try display.focus(String(window))
        try watcher.wait("the new window has the keyboard") { $0.focus?.app.string == "mine" }
        try watcher.forget()
        try watcher.wait("a frame of the new window") { !$0.frames.isEmpty }
        #expect(watcher.frames.allSatisfy { count($0) { $0.red > 100 } == 0 })
        app.paint(window, 0x00ff00, size: (100, 150))
        try watcher.wait("what it painted is in a frame") { watcher in
            watcher.frames.last.map { count($0) { $0.green > 200 } } ?? 0 >= 10_000
        }
        #expect(watcher.frames.allSatisfy { count($0) { $0.red > 100 } == 0 })
    }

    @Test("A frame of which only the drawn parts were read is what a source sees that reads all of it")
    func drawnParts() throws {
        let display = try VirtualDisplay(width: 640, height: 480)
        _ = try display.terminal(
            "Mine", at: "80x24+10+10", "sh", "-c", #"stty -echo; while read -r line; do printf "%b" "$line"; done"#)
        let watcher = try Watcher(display, screen: true)
        try watcher.wait("a frame of mine") { !$0.frames.isEmpty }
        // A word, a letter far away, a line that is erased, one that is scrolled in, a colour, and nothing.
        for text in [
            "some words", #"\033[20;70Hx"#, #"\033[1;1H\033[2K"#, #"\033[24;1H\n\n\nthe last"#,
            #"\033[41m \033[3;30H "#,
            #"\033[0m\033[2J"#,
        ] {
            let count = watcher.frames.count
            try display.run("xdotool", "type", "--delay", "12", text + "\n")
            try watcher.wait("a frame of it") { $0.frames.count > count }
            let whole = try Watcher(display, screen: true)
            try eventually("both see the same after \(text)") {
                try watcher.poll()
                try whole.poll()
                return watcher.frames.last == whole.frames.last
            }
        }
    }

    @Test("A window that has the id of one that is gone is followed, also if that one was asked for when it was gone")
    func reusedID() throws {
        let display = try VirtualDisplay(width: 640, height: 480)
        let screen = try X11Screen(display: display.name, uptime: CaptureClock.uptime)
        func open() throws -> UInt {
            try #require(
                UInt(try display.terminal("Mine", at: "40x10+10+10", "sh", "-c", "while :; do date; sleep 0.05; done")))
        }
        func close(_ window: UInt) throws {
            try display.run("xdotool", "windowkill", "\(window)")
            try eventually("it is gone") {
                try display.run("xdotool", "search", "--class", "^Mine$").isEmpty
            }
        }
        let first = try open()
        try eventually("a frame of it") { try screen.frame(of: first) != nil }
        try close(first)
        var looks = 0
        try eventually("it is known to be gone, and asked for") {
            _ = try screen.frame(of: first)
            looks += 1
            return looks > 10
        }
        var second = try open()
        for _ in 0..<20 where second != first {
            try close(second)
            second = try open()
        }
        try #require(second == first, "the server has given no window the id again")
        var frames = 0
        try eventually("it goes on") {
            if try screen.frame(of: second) != nil { frames += 1 }
            return frames > 3
        }
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
