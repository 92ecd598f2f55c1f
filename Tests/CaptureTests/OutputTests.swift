import Capture
import CaptureX11
import CofferTestKit
import Records
import Sealing
import Testing

/// The screen changes its size while it is recorded: a laptop is docked, an output is turned.
@Suite(
    "Outputs", .serialized, .blocks,
    .enabled(if: VirtualDisplay.isInstalled, "Xvfb, openbox, xdotool, xterm and setxkbmap are needed"))
struct OutputTests {
    /// A size that frames and clicks are to have.
    private struct Size: Equatable, CustomStringConvertible {
        var width: Int
        var height: Int
        var description: String { "\(width) x \(height)" }
    }

    private func size(_ frame: ScreenFrame) -> Size { Size(width: frame.width, height: frame.height) }
    private func size(_ place: PointerContent) -> Size { Size(width: place.screenWidth, height: place.screenHeight) }

    private func fills(_ frame: ScreenFrame, _ x: Int, _ y: Int) -> Bool { frame[x, y].red > 200 }

    /// Waits for a frame of this size that shows the window at a point, then clicks there.
    private func expect(
        _ wanted: Size, _ display: VirtualDisplay, _ watcher: Watcher, window: String, at point: (x: Int, y: Int)
    ) throws {
        try display.run("xdotool", "windowmove", "--sync", window, "\(point.x - 40)", "\(point.y - 40)")
        // It paints when it is told that it lies elsewhere.
        try display.focus(window)
        try watcher.forget()
        try display.run("xdotool", "type", "x")
        try watcher.wait("a frame of \(wanted) that shows the window at \(point)") { watcher in
            watcher.frames.last.map { size($0) == wanted && fills($0, point.x, point.y) } ?? false
        }
        try display.run("xdotool", "mousemove", "\(point.x)", "\(point.y)", "click", "3")
        try watcher.wait("the click is there") { $0.buttons.count >= 2 }
        let click = try #require(watcher.buttons.first)
        #expect(size(click.content) == wanted)
        #expect((click.content.x, click.content.y) == (point.x, point.y))
        #expect(click.isOver && !click.content.isOff)
    }

    @Test("A screen that grows, shrinks and is turned: size, frames and coordinates follow")
    func sizes() throws {
        // Xvfb's screen is never larger than at its start.
        let display = try VirtualDisplay(width: 1600, height: 1600)
        try display.run("xrandr", "--fb", "1024x768")
        let window = try display.terminal("Mine", at: "30x10+10+10", "cat")
        let watcher = try Watcher(display, screen: true)
        try watcher.wait("mine has the keyboard") { $0.focus != nil }
        for (wanted, point) in [
            (Size(width: 1024, height: 768), (x: 700, y: 500)), (Size(width: 1600, height: 1200), (x: 1300, y: 900)),
            (Size(width: 640, height: 480), (x: 300, y: 200)), (Size(width: 1200, height: 1600), (x: 900, y: 1300)),
            (Size(width: 1024, height: 768), (x: 100, y: 600)),
        ] {
            try display.run("xrandr", "--fb", "\(wanted.width)x\(wanted.height)")
            try expect(wanted, display, watcher, window: window, at: point)
        }
        #expect(watcher.source.missingKinds.isEmpty)
    }

    @Test(
        "A size of which no frame can be taken is reported, and frames come again after it",
        .enabled(if: VirtualDisplay.hasOutputs, "Xorg, its dummy driver, xrandr and root are needed"))
    func tooLarge() throws {
        let folder = try TemporaryDirectory()
        let display = try VirtualDisplay.withOutputs(in: folder.path)
        let window = try display.terminal("Mine", at: "30x10+10+10", "cat")
        let watcher = try Watcher(display, screen: true)
        try watcher.wait("a frame of mine") { !$0.frames.isEmpty }
        try display.run("xrandr", "--fb", "17000x768")
        try watcher.wait("screens are missing") { $0.source.missingKinds == [.screen] }
        try display.run("xrandr", "--fb", "1024x768")
        try expect(Size(width: 1024, height: 768), display, watcher, window: window, at: (x: 300, y: 200))
        #expect(watcher.source.missingKinds.isEmpty)
    }

    @Test(
        "A second output that comes, lies on either side, and goes; an output that stands on end",
        .enabled(if: VirtualDisplay.hasOutputs, "Xorg, its dummy driver, xrandr and root are needed"))
    func outputs() throws {
        let folder = try TemporaryDirectory()
        let display = try VirtualDisplay.withOutputs(in: folder.path)
        let window = try display.terminal("Mine", at: "30x10+10+10", "cat")
        let watcher = try Watcher(display, screen: true)
        try watcher.wait("mine has the keyboard") { $0.focus != nil }
        let one = Size(width: 1024, height: 768)
        try expect(one, display, watcher, window: window, at: (x: 700, y: 500))
        try display.run("xrandr", "--addmode", "DUMMY1", "1024x768")
        try display.run("xrandr", "--output", "DUMMY1", "--mode", "1024x768", "--right-of", "DUMMY0")
        try expect(Size(width: 2048, height: 768), display, watcher, window: window, at: (x: 1500, y: 500))
        try display.run("xrandr", "--output", "DUMMY1", "--mode", "1024x768", "--below", "DUMMY0")
        try expect(Size(width: 1024, height: 1536), display, watcher, window: window, at: (x: 600, y: 1200))
        try display.run("xrandr", "--output", "DUMMY1", "--off")
        try expect(one, display, watcher, window: window, at: (x: 200, y: 300))
        try display.run(
            "xrandr", "--newmode", "tall", "60", "768", "800", "900", "1000", "1024", "1030", "1040", "1050")
        try display.run("xrandr", "--addmode", "DUMMY0", "tall")
        try display.run("xrandr", "--output", "DUMMY0", "--mode", "tall")
        try expect(Size(width: 768, height: 1024), display, watcher, window: window, at: (x: 500, y: 900))
    }
}
