import CX11

/// Where the pointer is, and over which window.
struct X11Pointer {
    let display: X11Display

    struct Place {
        let x: Int
        let y: Int
        let screenWidth: Int
        let screenHeight: Int
        /// Whether it is over what is visible of the window, and not over another client's window inside that.
        let isInside: Bool
    }

    /// Follows the pointer from the root down to the deepest window below it. The server names at each step the one
    /// that is stacked on top there.
    func place(in window: UInt) -> Place? {
        guard let screen = XDefaultScreenOfDisplay(display.pointer) else { return nil }
        let request = display.nextRequest
        var current = display.root
        var position: (x: Int32, y: Int32)?
        var isInside = false
        // The limit is enough: window trees are shallow.
        for _ in 0..<16 {
            guard let (child, x, y) = step(current) else { return nil }
            position = position ?? (x, y)
            if window == 0 || child == 0 { break }
            if isInside, !X11Strangers(display: display).isOwn(child, of: window) {
                isInside = false
                break
            }
            isInside = isInside || child == window
            current = child
        }
        guard let position, !display.hasFailed(since: request) else { return nil }
        return Place(
            x: max(0, Int(position.x)), y: max(0, Int(position.y)), screenWidth: Int(screen.pointee.width),
            screenHeight: Int(screen.pointee.height), isInside: isInside)
    }

    private func step(_ window: Window) -> (child: Window, x: Int32, y: Int32)? {
        var root: Window = 0
        var child: Window = 0
        var x: Int32 = 0
        var y: Int32 = 0
        var windowX: Int32 = 0
        var windowY: Int32 = 0
        var mask: UInt32 = 0
        guard
            XQueryPointer(display.pointer, window, &root, &child, &x, &y, &windowX, &windowY, &mask) != 0
        else { return nil }
        return (child, x, y)
    }
}
