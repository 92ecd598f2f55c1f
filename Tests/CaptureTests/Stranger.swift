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
