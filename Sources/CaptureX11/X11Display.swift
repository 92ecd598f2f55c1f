import CLinux
import CX11
import Glibc

/// A connection to an X server, used by one thread.
final class X11Display {
    let pointer: OpaquePointer
    let root: Window
    private(set) var isLost = false

    /// Installs Xlib's error handlers, once per process.
    private static let prepared: Bool = {
        guard XInitThreads() != 0 else { return false }
        _ = XSetErrorHandler { display, error in
            if let display, let error { X11Errors.note(error.pointee.serial, of: display) }
            return 0
        }
        _ = XSetIOErrorHandler { _ in 0 }
        return true
    }()

    /// A `name` of nil means the environment's DISPLAY.
    init(name: String?) throws(X11Failure) {
        guard Self.prepared, let pointer = XOpenDisplay(name) else {
            throw name == nil && getenv("DISPLAY") == nil ? .noDisplay : .silentDisplay
        }
        self.pointer = pointer
        self.root = XDefaultRootWindow(pointer)
        // The connection's own buffers hold the events that were read last: which keys went down.
        if let connection = XGetXCBConnection(pointer) { _ = coffer_lock_piece(UnsafeMutableRawPointer(connection)) }
        // Without this handler, Xlib ends the process on a broken connection, before its journals are closed.
        XSetIOErrorExitHandler(
            pointer,
            { _, display in
                guard let display else { return }
                Unmanaged<X11Display>.fromOpaque(display).takeUnretainedValue().isLost = true
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        X11Errors.forget(pointer)
        // Closing a lost connection would block in Xlib.
        if !isLost { XCloseDisplay(pointer) }
    }

    var descriptor: Int32 { XConnectionNumber(pointer) }

    func check() throws(X11Failure) {
        if isLost { throw .displayLost }
    }

    /// Passes the queued events to `body`, in order. Never waits.
    func pendingEvents(_ body: (inout XEvent) throws(X11Failure) -> Void) throws(X11Failure) {
        while true {
            let waiting = XPending(pointer)
            try check()
            guard waiting > 0 else { return }
            var event = XEvent()
            XNextEvent(pointer, &event)
            try check()
            try body(&event)
        }
    }

    /// Whether events wait that were read already: by Xlib, or by XCB on the way to a reply, where Xlib sees them only
    /// when it reads itself.
    var hasQueuedEvents: Bool { !isLost && XEventsQueued(pointer, QueuedAfterReading) > 0 }

    /// Whether two windows belong to one client: ids share what the server gave that client.
    func sameClient(_ a: Window, _ b: Window) -> Bool {
        guard let setup = xcb_get_setup(XGetXCBConnection(pointer)) else { return false }
        let own = UInt(setup.pointee.resource_id_mask)
        return a & ~own == b & ~own
    }

    /// The size of the screen, all outputs together, as it is now. Xlib's own copy is that of the start.
    var screenSize: (width: Int, height: Int)? {
        var root: Window = 0
        var place: (x: Int32, y: Int32) = (0, 0)
        var size: (width: UInt32, height: UInt32) = (0, 0)
        var border: UInt32 = 0
        var depth: UInt32 = 0
        guard
            XGetGeometry(
                pointer, self.root, &root, &place.x, &place.y, &size.width, &size.height, &border, &depth) != 0, !isLost
        else { return nil }
        return (Int(size.width), Int(size.height))
    }

    func atom(_ name: String) -> Atom { XInternAtom(pointer, name, 0) }

    /// The number of the next request. Events carry the number of the last request before them.
    var nextRequest: UInt { XNextRequest(pointer) }

    /// Whether this request or a later one failed: a window may have disappeared meanwhile.
    func hasFailed(since request: UInt) -> Bool { isLost || X11Errors.latest(of: pointer) >= request }

    /// A property of up to 64 KiB with items of 8 or 32 bits, as raw bytes; nil when it does not exist.
    func property(_ atom: Atom, of window: Window) -> (format: Int32, bytes: [UInt8])? {
        var type: Atom = 0
        var format: Int32 = 0
        var count: UInt = 0
        var after: UInt = 0
        var data: UnsafeMutablePointer<UInt8>?
        let status = XGetWindowProperty(
            pointer, window, atom, 0, 16_384, 0, Atom(AnyPropertyType), &type, &format, &count, &after, &data)
        guard status == 0, let data, !isLost else { return nil }
        defer { XFree(data) }
        guard format == 8 || format == 32 else { return nil }
        // Xlib returns 32-bit items as C longs.
        let size = format == 32 ? MemoryLayout<CLong>.size : 1
        return (format, Array(UnsafeBufferPointer(start: data, count: Int(count) * size)))
    }

    /// The 32-bit items of a property; empty without it.
    func cardinals(_ atom: Atom, of window: Window) -> [UInt] {
        guard let value = property(atom, of: window), value.format == 32 else { return [] }
        let size = MemoryLayout<CLong>.size
        return value.bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / size).map { bytes.loadUnaligned(fromByteOffset: $0 * size, as: UInt.self) & 0xffff_ffff }
        }
    }

    /// The parent of a window and all of its children, bottom to top.
    func tree(of window: Window) -> (parent: Window, children: [Window])? {
        var root: Window = 0
        var parent: Window = 0
        var children: UnsafeMutablePointer<Window>?
        var count: UInt32 = 0
        guard XQueryTree(pointer, window, &root, &parent, &children, &count) != 0, !isLost else { return nil }
        guard let children else { return (parent, []) }
        defer { XFree(children) }
        return (parent, Array(UnsafeBufferPointer(start: children, count: Int(count))))
    }

    /// The child of a window that is under the pointer, 0 for none, and where on the screen the pointer is.
    func pointer(in window: Window) -> (child: Window, x: Int32, y: Int32)? {
        var root: Window = 0
        var child: Window = 0
        var x: Int32 = 0
        var y: Int32 = 0
        var windowX: Int32 = 0
        var windowY: Int32 = 0
        var mask: UInt32 = 0
        guard
            XQueryPointer(pointer, window, &root, &child, &x, &y, &windowX, &windowY, &mask) != 0, !isLost
        else { return nil }
        return (child, x, y)
    }
}
