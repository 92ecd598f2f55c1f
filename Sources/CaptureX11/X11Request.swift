import CX11
import Glibc

/// A request whose reply is waited for later, so that several cost one round trip.
struct X11Request<Reply> {
    private let connection: OpaquePointer?
    private let number: UInt32
    private let wait: () -> UnsafeMutablePointer<Reply>?

    /// Waits for the reply; nil when the request failed.
    func reply() -> Reply? {
        guard let reply = wait() else { return nil }
        defer { free(reply) }
        return reply.pointee
    }

    /// The reply is not waited for.
    func discard() { xcb_discard_reply(connection, number) }
}

extension X11Request where Reply == xcb_get_geometry_reply_t {
    static func geometry(of window: Window, _ display: X11Display) -> Self {
        let connection = XGetXCBConnection(display.pointer)
        let cookie = xcb_get_geometry(connection, xcb_drawable_t(truncatingIfNeeded: window))
        return Self(connection: connection, number: cookie.sequence) { xcb_get_geometry_reply(connection, cookie, nil) }
    }
}

extension X11Request where Reply == xcb_query_pointer_reply_t {
    /// The child of a window that is under the pointer, 0 for none, and where on the screen the pointer is.
    static func pointer(in window: Window, _ display: X11Display) -> Self {
        let connection = XGetXCBConnection(display.pointer)
        let cookie = xcb_query_pointer(connection, xcb_window_t(truncatingIfNeeded: window))
        return Self(connection: connection, number: cookie.sequence) {
            xcb_query_pointer_reply(connection, cookie, nil)
        }
    }
}
