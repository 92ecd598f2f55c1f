import CX11
import Records

/// That the pointer moved, on a connection of its own: a mouse reports a thousand motions a second, and the connection
/// that brings keys and focus is not to be read for each of them. Where the pointer is, is asked for apart.
final class X11Motions {
    /// The latest motion: by which device, and when by the server's clock.
    struct Motion {
        let source: Int32
        let time: UInt32
    }

    private let display: X11Display
    private let opcode: Int32

    init(display name: String?) throws(X11Failure) {
        display = try X11Display(name: name)
        opcode = try X11Devices.opcode(of: display)
        X11Devices.select([XI_RawMotion], of: XIAllMasterDevices, on: display)
        XSync(display.pointer, 0)
        try display.check()
    }

    var descriptor: Int32 { display.descriptor }

    /// The latest motion since the last call.
    func take() throws(X11Failure) -> Motion? {
        var latest: Motion?
        try display.pendingEvents { event in
            guard event.type == GenericEvent, event.xcookie.extension == opcode,
                XGetEventData(display.pointer, &event.xcookie) != 0
            else { return }
            defer { XFreeEventData(display.pointer, &event.xcookie) }
            guard let data = event.xcookie.data else { return }
            let raw = data.assumingMemoryBound(to: XIRawEvent.self).pointee
            latest = Motion(source: raw.sourceid, time: UInt32(truncatingIfNeeded: raw.time))
        }
        return latest
    }
}
