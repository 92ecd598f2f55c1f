import CX11
import CofferTestKit

/// A client of its own on a display, which does what no well-behaved program does.
final class Stranger {
    private let display: OpaquePointer

    init(on display: VirtualDisplay) throws {
        guard let pointer = XOpenDisplay(display.name) else {
            throw VirtualDisplay.Failure(message: "the display does not answer")
        }
        self.display = pointer
    }

    deinit { XCloseDisplay(display) }

    /// A window, not mapped yet; without a background it shows what was there before. Inside `parent`, or of the class
    /// `windowClass` on the root.
    func window(
        inside parent: UInt? = nil, windowClass: String? = nil, at place: (x: Int32, y: Int32),
        size: (width: UInt32, height: UInt32), background: UInt?
    ) -> UInt {
        var attributes = XSetWindowAttributes()
        attributes.background_pixel = background ?? 0
        let root = XDefaultRootWindow(display)
        let window = XCreateWindow(
            display, parent ?? root, place.x, place.y, size.width, size.height, 0, 0, UInt32(InputOutput), nil,
            background == nil ? 0 : UInt(CWBackPixel), &attributes)
        if let windowClass {
            windowClass.withCString { name in
                var hint = XClassHint(
                    res_name: UnsafeMutablePointer(mutating: name), res_class: UnsafeMutablePointer(mutating: name))
                XSetClassHint(display, window, &hint)
            }
            var hints = XSizeHints()
            hints.flags = USPosition | PPosition
            hints.x = place.x
            hints.y = place.y
            XSetWMNormalHints(display, window, &hints)
        }
        XSync(display, 0)
        return window
    }

    func map(_ window: UInt) {
        XMapRaised(display, window)
        XSync(display, 0)
    }

    /// A window above all others that gets no focus, as on-screen keyboards are.
    func mapAbove(_ window: UInt) {
        var attributes = XSetWindowAttributes()
        attributes.override_redirect = 1
        XChangeWindowAttributes(display, window, UInt(CWOverrideRedirect), &attributes)
        map(window)
    }

    /// Takes the keyboard's focus, as a plug-in does that is clicked.
    func takeFocus(_ window: UInt) {
        XSetInputFocus(display, window, RevertToParent, UInt(CurrentTime))
        XSync(display, 0)
    }

    func paint(_ window: UInt, _ pixel: UInt, size: (width: UInt32, height: UInt32)) {
        let context = XCreateGC(display, window, 0, nil)
        XSetForeground(display, context, pixel)
        XFillRectangle(display, window, context, 0, 0, size.width, size.height)
        XFreeGC(display, context)
        XSync(display, 0)
    }

    /// Sends the event with which a server says that a grab has ended.
    func sendUngrab(to window: UInt) {
        var event = XEvent()
        event.xfocus.type = FocusIn
        event.xfocus.display = display
        event.xfocus.window = window
        event.xfocus.mode = NotifyUngrab
        event.xfocus.detail = NotifyNonlinear
        XSendEvent(display, window, 0, FocusChangeMask, &event)
        XSync(display, 0)
    }
}
