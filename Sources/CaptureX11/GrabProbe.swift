import CX11
import Glibc

/// Whether another client has the keyboard now, for the one moment in which no event can tell: the agent's start.
enum GrabProbe {
    /// Takes the keyboard and gives it back in one burst, during which the server serves no one else: so the grab of a
    /// locker that starts at this instant comes before or after, and does not fail. Everything but success means that
    /// somebody has it.
    static func isGrabbed(_ display: X11Display) -> Bool {
        let connection = XGetXCBConnection(display.pointer)
        xcb_grab_server(connection)
        let request = xcb_grab_keyboard(
            connection, 1, xcb_window_t(truncatingIfNeeded: display.root), xcb_timestamp_t(CurrentTime),
            UInt8(GrabModeAsync), UInt8(GrabModeAsync))
        xcb_ungrab_keyboard(connection, xcb_timestamp_t(CurrentTime))
        xcb_ungrab_server(connection)
        guard let reply = xcb_grab_keyboard_reply(connection, request, nil) else { return true }
        defer { free(reply) }
        return Int32(reply.pointee.status) != GrabSuccess
    }
}
