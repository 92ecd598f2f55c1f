import CX11

/// Which client gets a key that is typed while a window has the focus.
///
/// X gives it to the window under the pointer, if that is inside the focused one, else to the focused one. Either can
/// be a window that another client has put there: a plug-in, an embedded terminal.
final class X11Recipient {
    private let display: X11Display
    private var strangers: (window: Window, areThere: Bool)?

    init(display: X11Display) { self.display = display }

    /// Whether a key that was just typed went to the window's own client. The answer is about now: for a key of
    /// earlier, and when the focus has left since, it is yes only where no other client has a window inside.
    func isOwn(_ window: Window, isLate: Bool) -> Bool {
        if strangers?.window != window { look(into: window) }
        if !isLate, let isOwn = present(window) { return isOwn }
        // A window that is gone meanwhile had what it had before.
        look(into: window)
        return strangers?.window == window && strangers?.areThere == false
    }

    private func look(into window: Window) {
        guard let inside = X11Strangers(display: display).inside(window) else { return }
        strangers = (window, !inside.isEmpty)
    }

    /// Nil when the focus is not inside the window now.
    private func present(_ window: Window) -> Bool? {
        let own = X11Strangers(display: display)
        let request = display.nextRequest
        var focused: Window = 0
        var revert: Int32 = 0
        XGetInputFocus(display.pointer, &focused, &revert)
        guard focused > 1, focused != display.root else { return nil }
        var current = focused
        // The limit is enough: window trees are shallow.
        for _ in 0..<16 where current != window {
            guard let parent = display.tree(of: current)?.parent, parent != 0, parent != display.root else {
                return nil
            }
            guard own.isOwn(current, of: window) else { return false }
            current = parent
        }
        guard current == window else { return nil }
        var below = focused
        for _ in 0..<16 {
            guard let child = display.pointer(in: below)?.child else { return nil }
            guard child != 0 else { break }
            guard own.isOwn(child, of: window) else { return false }
            below = child
        }
        return display.hasFailed(since: request) ? nil : true
    }
}
