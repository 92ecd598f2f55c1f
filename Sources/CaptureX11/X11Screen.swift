import CX11
import Capture
import Glibc
import Records
import Sealing

/// Frames of the window that has the keyboard: only its visible part, everything else black.
///
/// A frame is taken when something was drawn (XDamage), at most each quarter of a second, and only after no window has
/// moved for a moment: an area that a window uncovers may show old pixels until it is painted again. A new window's area
/// is black until that window has painted it. If a window moves or the screen changes its size while a frame is copied,
/// the frame is dropped.
final class X11Screen {
    private let display: X11Display
    private var tree: X11WindowTree
    /// Nil while the screen is of a size of which no frame can be taken.
    private var image: X11Image?
    private let painting: X11Painting
    private let damage: Damage
    private let damageEvent: Int32
    private var isDirty = true
    private var window: Window = 0
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
        damage = XDamageCreate(display.pointer, display.root, XDamageReportNonEmpty)
        painting = X11Painting(display: display)
        image = X11Image(display: display, screenWidth: size.width, screenHeight: size.height)
        XSync(display.pointer, 0)
        try display.check()
    }

    var descriptor: Int32 { display.descriptor }

    /// Whether frames can be taken of a screen of the present size.
    var isPossible: Bool { image != nil }

    /// A frame of `window`; nil if nothing new was drawn, or while windows move.
    func frame(of window: Window) throws(X11Failure) -> ScreenFrame? {
        try readEvents()
        let time = uptime()
        if window != self.window {
            self.window = window
            lastChange = time
            isDirty = true
        }
        guard isDirty, time >= lastChange + Self.settling, time >= lastFrame + Self.interval else { return nil }
        XDamageSubtract(display.pointer, damage, 0, 0)
        isDirty = false
        lastFrame = time
        let request = display.nextRequest
        let taken = try take(window)
        // All events before the copy's reply have arrived. Check whether a window moved meanwhile.
        try readEvents()
        guard let taken, lastChange < time, !display.hasFailed(since: request) else {
            isDirty = true
            return nil
        }
        return taken
    }

    /// Reads the queued events. Call it also while no frames are wanted, so that the queue does not grow.
    func readEvents() throws(X11Failure) {
        try display.pendingEvents { event in
            switch event.type {
            case damageEvent + XDamageNotify: isDirty = true
            case CreateNotify where event.xcreatewindow.parent == display.root:
                painting.appeared(event.xcreatewindow.window)
            case MapNotify, UnmapNotify, ConfigureNotify, CirculateNotify, ReparentNotify, DestroyNotify, GravityNotify:
                if event.type == UnmapNotify { painting.hidden(event.xunmap.window) }
                if event.type == DestroyNotify { painting.gone(event.xdestroywindow.window) }
                if event.type == ConfigureNotify, event.xconfigure.window == display.root { resize() }
                lastChange = uptime()
                isDirty = true
            default: break
            }
        }
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
            ? X11Image(display: display, screenWidth: size.width, screenHeight: size.height) : nil
    }

    private func take(_ window: Window) throws(X11Failure) -> ScreenFrame? {
        guard let image, let placed = tree.place(window),
            var region = tree.visibleRegion(of: window, at: placed.rectangle)
        else { return nil }
        for part in painting.unpainted(of: window) {
            region.subtract(part.moved(byX: placed.rectangle.x, y: placed.rectangle.y))
        }
        guard let bounds = region.bounds else {
            return try? ScreenFrame(width: tree.screen.width, height: tree.screen.height)
        }
        var frame: ScreenFrame?
        let isRead = try image.read(window, placed, bounds: bounds) { (image) throws(X11Failure) in
            let pixels = try X11PixelFormat(image)
            frame = try? ScreenFrame(width: tree.screen.width, height: tree.screen.height) { target in
                for part in region.rectangles {
                    pixels.copy(part, imageAt: bounds, to: target, screenWidth: tree.screen.width)
                }
            }
        }
        return isRead ? frame : nil
    }
}
