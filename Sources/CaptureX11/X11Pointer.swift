import CX11

/// Where the pointer is, and over which window.
final class X11Pointer {
    private let display: X11Display
    /// The windows under the pointer at the last place, from the root down.
    private var path: [Window]

    init(display: X11Display) {
        self.display = display
        path = [display.root]
    }

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
    ///
    /// The windows of the last place are asked for all at once: the pointer is mostly still over them.
    func place(in window: UInt) -> Place? {
        let request = display.nextRequest
        // Asked for with each place: an output may have come or gone since the last one.
        let size = X11Request.geometry(of: display.root, display)
        var asked = path.map { X11Request.pointer(in: $0, display) }[...]
        var expected = path[...]
        path = []
        defer { for request in asked { request.discard() } }
        guard let screen = size.reply().map({ (width: Int($0.width), height: Int($0.height)) }), screen.width > 0,
            screen.height > 0
        else { return nil }
        var current = display.root
        var position: (x: Int, y: Int)?
        var isInside = false
        // The limit is enough: window trees are shallow.
        for _ in 0..<16 {
            if expected.popFirst() != current {
                for request in asked { request.discard() }
                asked = []
                expected = []
            }
            guard let found = (asked.popFirst() ?? X11Request.pointer(in: current, display)).reply() else { return nil }
            path.append(current)
            let (child, x, y) = (Window(found.child), Int(found.root_x), Int(found.root_y))
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
        let x = min(max(0, position.x), screen.width - 1)
        let y = min(max(0, position.y), screen.height - 1)
        return Place(
            x: x, y: y, screenWidth: screen.width, screenHeight: screen.height,
            isOff: (x, y) != position, isInside: isInside)
    }
}
