import CX11

/// Where the pointer is, and over which window.
struct X11Pointer {
    let display: X11Display

    struct Place {
        let x: Int
        let y: Int
        let screenWidth: Int
        let screenHeight: Int
        /// Whether it is off the screen; then the place is the nearest on it.
        let isOff: Bool
        /// Whether it is over what is visible of the window, and not over another client's window inside that.
        let isInside: Bool
    }

    /// Follows the pointer from the root down to the deepest window below it. The server names at each step the one
    /// that is stacked on top there.
    func place(in window: UInt) -> Place? {
        let request = display.nextRequest
        // Asked for with each place: an output may have come or gone since the last one.
        guard let screen = display.screenSize, screen.width > 0, screen.height > 0 else { return nil }
        var current = display.root
        var position: (x: Int32, y: Int32)?
        var isInside = false
        // The limit is enough: window trees are shallow.
        for _ in 0..<16 {
            guard let (child, x, y) = display.pointer(in: current) else { return nil }
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
        let x = min(max(0, Int(position.x)), screen.width - 1)
        let y = min(max(0, Int(position.y)), screen.height - 1)
        return Place(
            x: x, y: y, screenWidth: screen.width, screenHeight: screen.height,
            isOff: (x, y) != (Int(position.x), Int(position.y)), isInside: isInside)
    }
}
