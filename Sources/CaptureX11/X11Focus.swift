import CX11
import Capture
import Glibc
import Sealing

/// Which window has the keyboard. It never reports a window too early.
///
/// `_NET_ACTIVE_WINDOW` may change before or after the keyboard's focus does. So a window counts only while that
/// property names it and its own FocusIn and FocusOut, in the stream that also brings the keys, show that it has the
/// focus.
final class X11Focus {
    private let display: X11Display
    private let activeWindow: Atom
    private let titleAtom: Atom
    private let pidAtom: Atom
    private(set) var window: Window = 0
    private var hasKeyboard = false
    private var current: Focus?

    init(display: X11Display) {
        self.display = display
        activeWindow = display.atom("_NET_ACTIVE_WINDOW")
        titleAtom = display.atom("_NET_WM_NAME")
        pidAtom = display.atom("_NET_WM_PID")
        XSelectInput(display.pointer, display.root, PropertyChangeMask)
    }

    /// Reads the focus at the start.
    func start(at time: Milliseconds, _ emit: (CaptureEvent) -> Void) { follow(at: time, emit) }

    func handle(_ event: XEvent, at time: Milliseconds, _ emit: (CaptureEvent) -> Void) {
        switch event.type {
        case PropertyNotify:
            let property = event.xproperty
            if property.window == display.root, property.atom == activeWindow {
                follow(at: time, emit)
            } else if property.window == window, hasKeyboard,
                [titleAtom, Atom(XA_WM_NAME), Atom(XA_WM_CLASS)].contains(property.atom)
            {
                report(at: time, emit)
            }
        case FocusOut where event.xfocus.window == window && event.xfocus.detail < NotifyPointer:
            if event.xfocus.mode == NotifyGrab {
                emit(.grab(true))
            } else if event.xfocus.detail != NotifyInferior, event.xfocus.mode != NotifyUngrab {
                hasKeyboard = false
                report(at: time, emit)
            }
        case FocusIn where event.xfocus.window == window && event.xfocus.detail < NotifyPointer:
            if event.xfocus.mode == NotifyUngrab { emit(.grab(false)) }
            if event.xfocus.mode != NotifyGrab {
                hasKeyboard = true
                report(at: time, emit)
            }
        case UnmapNotify where event.xunmap.window == window, DestroyNotify where event.xdestroywindow.window == window:
            hasKeyboard = false
            report(at: time, emit)
        default: break
        }
    }

    /// Reads which window the window manager names.
    private func follow(at time: Milliseconds, _ emit: (CaptureEvent) -> Void) {
        let next = display.cardinal(activeWindow, of: display.root) ?? 0
        if next == window { return }
        if window != 0 { XSelectInput(display.pointer, window, 0) }
        window = next
        hasKeyboard = false
        if next != 0 {
            XSelectInput(display.pointer, next, PropertyChangeMask | FocusChangeMask | StructureNotifyMask)
            hasKeyboard = keyboardIsInside(next)
        }
        emit(.grab(false))
        report(at: time, emit)
    }

    /// Whether the keyboard's focus is this window or one inside it.
    private func keyboardIsInside(_ window: Window) -> Bool {
        var focused: Window = 0
        var revert: Int32 = 0
        XGetInputFocus(display.pointer, &focused, &revert)
        // None is 0 and PointerRoot is 1. The limit is enough: window trees are shallow.
        for _ in 0..<16 where focused > 1 && focused != display.root {
            if focused == window { return true }
            guard let parent = display.tree(of: focused)?.parent else { return false }
            focused = parent
        }
        return false
    }

    private func report(at time: Milliseconds, _ emit: (CaptureEvent) -> Void) {
        let next = hasKeyboard ? describe(window) : nil
        guard next != current else { return }
        current = next
        emit(.focus(next, time: time))
    }

    private func describe(_ window: Window) -> Focus? {
        var hint = XClassHint()
        var names: (instance: String, app: String) = ("", "")
        let errors = X11Errors.count
        if XGetClassHint(display.pointer, window, &hint) != 0 {
            names = (hint.res_name.map { String(cString: $0) } ?? "", hint.res_class.map { String(cString: $0) } ?? "")
            if let name = hint.res_name { XFree(name) }
            if let name = hint.res_class { XFree(name) }
        }
        let title = self.title(of: window)
        let pid = display.cardinal(pidAtom, of: window)
        guard X11Errors.count == errors, !display.isLost else { return nil }
        let own = [names.instance, names.app].contains { $0.lowercased() == "coffer" }
        return Focus(
            window: window, app: AppName(windowClass: names.app), title: title,
            isCoffer: own || pid.map(Self.isCoffer) ?? false)
    }

    /// `_NET_WM_NAME`, else `WM_NAME` (old clients have only the latter, in Latin-1), cut to 1,024 characters.
    private func title(of window: Window) -> String {
        if let name = display.property(titleAtom, of: window), name.format == 8 {
            return String(String(decoding: name.bytes, as: UTF8.self).prefix(1024))
        }
        guard let name = display.property(Atom(XA_WM_NAME), of: window), name.format == 8 else { return "" }
        if let text = String(validating: name.bytes, as: UTF8.self) { return String(text.prefix(1024)) }
        return String(String.UnicodeScalarView(name.bytes.prefix(1024).map { Unicode.Scalar($0) }))
    }

    /// Whether a process runs the same executable as this one.
    private static func isCoffer(pid: UInt) -> Bool {
        guard pid > 0, let own = executable("self"), let other = executable(String(pid)) else { return false }
        return own == other
    }

    private static func executable(_ process: String) -> String? {
        var path = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/\(process)/exe", &path, path.count)
        guard length > 0 else { return nil }
        return String(decoding: path.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
