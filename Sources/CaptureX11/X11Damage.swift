import CX11

/// What is drawn in one window and what is inside it, since it was asked for last.
struct X11Damage {
    let id: Damage
    private let display: X11Display

    /// The server reports the first damage, and again the first after each `take`.
    init(_ display: X11Display, of window: Window) {
        self.display = display
        id = XDamageCreate(display.pointer, window, XDamageReportNonEmpty)
    }

    /// What was drawn, in the window's own coordinates; nil when the server does not say.
    func take() -> [Rectangle]? {
        let parts = XFixesCreateRegion(display.pointer, nil, 0)
        defer { XFixesDestroyRegion(display.pointer, parts) }
        XDamageSubtract(display.pointer, id, 0, parts)
        var count: Int32 = 0
        guard let drawn = XFixesFetchRegion(display.pointer, parts, &count) else { return nil }
        defer { XFree(drawn) }
        return UnsafeBufferPointer(start: drawn, count: Int(count)).map {
            Rectangle(x: Int($0.x), y: Int($0.y), width: Int($0.width), height: Int($0.height))
        }
    }

    /// Does not ask what was drawn.
    func forget() { XDamageSubtract(display.pointer, id, 0, 0) }

    /// The server itself ends the damage of a window that is gone.
    func end() { XDamageDestroy(display.pointer, id) }

    /// Whether an event reports this damage.
    func isReported(by event: inout XEvent) -> Bool {
        withUnsafeMutablePointer(to: &event) {
            $0.withMemoryRebound(to: XDamageNotifyEvent.self, capacity: 1) { $0.pointee.damage == id }
        }
    }
}
