import CX11
import Capture
import Sealing

/// Which window has the keyboard. It never reports a window too early.
///
/// `_NET_ACTIVE_WINDOW` may change before or after the keyboard's focus does. So a window counts only while that
/// property names it and focus events, in the stream that also brings the keys, show that it has the focus. They are
/// selected on every window before it can get the focus.
///
/// The property, class and title have to be asked for. An answer says what is so now; older events may still wait in
/// the queue. So it counts from the events on that the server sent after it, and until then the window is unknown.
final class X11Focus {
    typealias Emit = (CaptureEvent) -> Void

    private let display: X11Display
    private let describer: X11Description
    private let activeWindow: Atom
    private let clientList: Atom
    private var holders = KeyboardHolders()
    private var holdersSince: UInt = 0
    /// The window that the property names.
    private var named: Window = 0
    private var focus: Focus?
    private var answer: Answer?
    private(set) var current: Focus?
    var isGrabbed: Bool { holders.isGrabbed }

    /// What a window is, from this request on.
    private struct Answer {
        let since: UInt
        let focus: Focus?
    }

    init(display: X11Display) {
        self.display = display
        describer = X11Description(display: display)
        activeWindow = display.atom("_NET_ACTIVE_WINDOW")
        clientList = display.atom("_NET_CLIENT_LIST")
        XSelectInput(display.pointer, display.root, PropertyChangeMask | SubstructureNotifyMask | FocusChangeMask)
    }

    /// Reads the state at the start. Events are selected first, so that what changes meanwhile is in the stream.
    func start(at time: Milliseconds, _ emit: Emit) {
        for window in display.tree(of: display.root)?.children ?? [] { watch(window) }
        for window in display.cardinals(clientList, of: display.root) { watch(window) }
        holdersSince = display.nextRequest
        let windows = focusedWindows()
        holders = KeyboardHolders(windows: windows, isGrabbed: GrabProbe.isGrabbed(display))
        emit(.grab(holders.isGrabbed))
        ask()
    }

    /// The stream has reached the events after this request.
    func reach(_ request: UInt, at time: Milliseconds, _ emit: Emit) {
        guard let answer, request >= answer.since else { return }
        self.answer = nil
        focus = answer.focus
        report(at: time, emit)
    }

    /// What waits in the queue came while nobody looked: it is nobody's.
    func forget(at time: Milliseconds, _ emit: Emit) {
        // Already unknown until an answer that is still to come.
        if focus == nil, answer != nil { return }
        lose(at: time, emit)
        ask()
    }

    func handle(_ event: XEvent, at time: Milliseconds, _ emit: Emit) {
        // Any client can send any event; only the server's count.
        guard event.xany.send_event == 0 else { return }
        switch event.type {
        case PropertyNotify: changed(event.xproperty, at: time, emit)
        case FocusIn, FocusOut:
            guard event.xany.serial >= holdersSince else { return }
            let wasGrabbed = holders.isGrabbed
            holders.handle(event.xfocus)
            if holders.isGrabbed != wasGrabbed { emit(.grab(holders.isGrabbed)) }
            report(at: time, emit)
        case CreateNotify where event.xcreatewindow.parent == display.root:
            appeared(event.xcreatewindow.window, at: time, emit)
        case ReparentNotify where event.xreparent.parent == display.root:
            appeared(event.xreparent.window, at: time, emit)
        case UnmapNotify: left(event.xunmap.window, at: time, emit)
        case DestroyNotify: left(event.xdestroywindow.window, at: time, emit)
        default: break
        }
    }

    private func changed(_ property: XPropertyEvent, at time: Milliseconds, _ emit: Emit) {
        if property.window == display.root {
            guard property.atom == activeWindow else { return }
            lose(at: time, emit)
            ask()
        } else if property.window == named, describer.describes(property.atom) {
            // A new title is still the same app's; a new class is not.
            if property.atom == Atom(XA_WM_CLASS) { lose(at: time, emit) }
            ask()
        }
    }

    private func appeared(_ window: Window, at time: Milliseconds, _ emit: Emit) {
        guard window == named else { return watch(window) }
        // The property still names a window that is gone, and a new one has got its id: nothing is selected on it yet.
        watch(window, also: PropertyChangeMask)
        lose(at: time, emit)
        ask()
    }

    private func left(_ window: Window, at time: Milliseconds, _ emit: Emit) {
        holders.forget(window)
        report(at: time, emit)
    }

    private func lose(at time: Milliseconds, _ emit: Emit) {
        focus = nil
        answer = nil
        report(at: time, emit)
    }

    /// Asks which window the window manager names, and what it is.
    private func ask() {
        let next = display.cardinals(activeWindow, of: display.root).first ?? 0
        if next != named {
            if named != 0 { watch(named) }
            if next != 0 { watch(next, also: PropertyChangeMask) }
            named = next
        }
        let focus = next == 0 ? nil : describer.describe(next)
        answer = Answer(since: display.nextRequest - 1, focus: focus)
    }

    private func watch(_ window: Window, also mask: Int = 0) {
        // The root's own selection stays.
        guard window != display.root else { return }
        XSelectInput(display.pointer, window, FocusChangeMask | StructureNotifyMask | mask)
    }

    /// The window with the keyboard's focus and all those around it.
    private func focusedWindows() -> Set<Window> {
        var focused: Window = 0
        var revert: Int32 = 0
        XGetInputFocus(display.pointer, &focused, &revert)
        var windows: Set<Window> = []
        // None is 0 and PointerRoot is 1. The limit is enough: window trees are shallow.
        for _ in 0..<16 where focused > 1 && focused != display.root {
            windows.insert(focused)
            focused = display.tree(of: focused)?.parent ?? 0
        }
        return windows
    }

    private func report(at time: Milliseconds, _ emit: Emit) {
        let next = focus.flatMap { holders.contains($0.window) ? $0 : nil }
        guard next != current else { return }
        current = next
        emit(.focus(next, time: time))
    }
}
