import CX11
import Capture
import Glibc
import Records
import Sealing

/// Frames of the window that has the keyboard: only its visible part, everything else black.
///
/// A frame is taken when something was drawn in the window (XDamage), at most each quarter of a second, and only after no
/// window has moved for a moment: an area that a window uncovers may show old pixels until it is painted again. A new
/// window's area is black until that window has painted it. If a window moves or the screen changes its size while a
/// frame is copied, the frame is dropped.
///
/// While the same parts of a window are seen, only the tiles in which something was drawn are read. Everything is read
/// again after anything else: another window, a window that moved, a frame that was dropped, a pause.
final class X11Screen {
    private let display: X11Display
    private var tree: X11WindowTree
    /// Nil while the screen is of a size of which no frame can be taken.
    private var image: X11Image?
    private let painting: X11Painting
    private let damageEvent: Int32
    private var isDirty = true
    private(set) var window: Window = 0
    private var damage: X11Damage?
    /// The last frame and what it shows, while its tiles are as they were on the screen then.
    private var latest: (view: X11View, frame: TiledFrame)?
    private var lastChange: Milliseconds
    private var lastFrame: Milliseconds = 0
    private let uptime: @Sendable () -> Milliseconds

    static let interval: Milliseconds = 250
    static let settling: Milliseconds = 300

    /// `uptime` is a monotonic clock.
    init(display name: String?, uptime: @escaping @Sendable () -> Milliseconds) throws(X11Failure) {
        display = try X11Display(name: name)
        self.uptime = uptime
        lastChange = uptime()
        // Selected before the size is asked for, so that no change is missed.
        XSelectInput(display.pointer, display.root, SubstructureNotifyMask | StructureNotifyMask)
        guard let size = display.screenSize else { throw .noDisplay }
        guard ScreenFrame.isPossible(width: size.width, height: size.height) else { throw .pixelFormat }
        tree = X11WindowTree(
            display: display, screen: Rectangle(x: 0, y: 0, width: size.width, height: size.height))
        var event: Int32 = 0
        var error: Int32 = 0
        guard XDamageQueryExtension(display.pointer, &event, &error) != 0 else { throw .missingExtension("DAMAGE") }
        damageEvent = event
        painting = X11Painting(display: display)
        image = X11Image(display: display, screenWidth: size.width)
        XSync(display.pointer, 0)
        try display.check()
    }

    var descriptor: Int32 { display.descriptor }

    /// Whether frames can be taken of a screen of the present size.
    var isPossible: Bool { image != nil }

    /// When the next frame of the window is due, in monotonic time; nil while nothing new was drawn.
    var deadline: Milliseconds? { isDirty && isPossible ? due : nil }
    private var due: Milliseconds { max(lastChange + Self.settling, lastFrame + Self.interval) }

    /// A frame of `window`; nil if nothing new was drawn, or while windows move.
    func frame(of window: Window) throws(X11Failure) -> TiledFrame? {
        try readEvents()
        let time = uptime()
        if window != self.window {
            follow(window)
            latest = nil
            lastChange = time
            isDirty = true
        }
        guard isDirty, time >= due else { return nil }
        isDirty = false
        lastFrame = time
        let request = display.nextRequest
        let taken = try take(window)
        latest = nil
        // All events before the copy's reply have arrived. Check whether a window moved meanwhile.
        try readEvents()
        guard let taken, lastChange < time, !display.hasFailed(since: request) else {
            isDirty = true
            return nil
        }
        latest = taken
        return taken.frame
    }

    /// No frames are wanted now. Reads the queued events, so that the queue does not grow, and keeps no picture.
    func rest() throws(X11Failure) {
        latest = nil
        try readEvents()
    }

    private func readEvents() throws(X11Failure) {
        try display.pendingEvents { event in
            switch event.type {
            case damageEvent + XDamageNotify: if damage?.isReported(by: &event) == true { isDirty = true }
            case CreateNotify where event.xcreatewindow.parent == display.root:
                if event.xcreatewindow.window == window { follow(0) }
                painting.appeared(event.xcreatewindow.window)
            case MapNotify, UnmapNotify, ConfigureNotify, CirculateNotify, ReparentNotify, DestroyNotify, GravityNotify:
                if event.type == UnmapNotify { painting.hidden(event.xunmap.window) }
                if event.type == DestroyNotify { gone(event.xdestroywindow.window) }
                if event.type == ConfigureNotify, event.xconfigure.window == display.root { resize() }
                lastChange = uptime()
                isDirty = true
                latest = nil
            default: break
            }
        }
    }

    /// Watches what is drawn in this window from now on; 0 for none.
    ///
    /// Its id may be that of a window that is gone, whose focus is still believed: then nothing is reported, and it is
    /// followed again when a window with this id is made.
    private func follow(_ window: Window) {
        damage?.end()
        damage = nil
        self.window = window
        guard window != 0 else { return }
        // So that it is known when the window is gone: the next one may get its id, and its damage is another.
        XSelectInput(display.pointer, window, StructureNotifyMask)
        damage = X11Damage(display, of: window)
    }

    private func gone(_ window: Window) {
        painting.gone(window)
        guard window == self.window else { return }
        self.window = 0
        damage = nil
    }

    /// The screen has another size: an output was connected, left, or turned. The server's answer is newer than the
    /// event, which may be one of several.
    private func resize() {
        guard let size = display.screenSize else { return }
        let screen = Rectangle(x: 0, y: 0, width: size.width, height: size.height)
        guard screen != tree.screen || image == nil else { return }
        tree = X11WindowTree(display: display, screen: screen)
        image =
            ScreenFrame.isPossible(width: size.width, height: size.height)
            ? X11Image(display: display, screenWidth: size.width) : nil
    }

    private func take(_ window: Window) throws(X11Failure) -> (view: X11View, frame: TiledFrame)? {
        // Asked for before the pixels: what is drawn meanwhile is reported again.
        let drawn = damage?.take()
        guard let image, let placed = tree.place(window),
            var region = tree.visibleRegion(of: window, at: placed.rectangle)
        else { return nil }
        for part in painting.unpainted(of: window) {
            region.subtract(part.moved(byX: placed.rectangle.x, y: placed.rectangle.y))
        }
        let view = X11View(window: window, screen: tree.screen, placed: placed, region: region)
        if let drawn, let latest, latest.view == view {
            var frame = latest.frame
            return try view.read(drawn, from: image, into: &frame) ? (view, frame) : nil
        }
        guard var frame = try? TiledFrame(width: tree.screen.width, height: tree.screen.height) else { return nil }
        let whole = Rectangle(x: 0, y: 0, width: placed.rectangle.width, height: placed.rectangle.height)
        return try view.read([whole], from: image, into: &frame) ? (view, frame) : nil
    }
}
