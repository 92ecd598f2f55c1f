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
        _ = XSetErrorHandler { _, _ in
            X11Errors.note()
            return 0
        }
        _ = XSetIOErrorHandler { _ in 0 }
        return true
    }()

    /// A `name` of nil means the environment's DISPLAY.
    init(name: String?) throws(X11Failure) {
        guard Self.prepared, let pointer = XOpenDisplay(name) else { throw .noDisplay }
        self.pointer = pointer
        self.root = XDefaultRootWindow(pointer)
        // Without this handler, Xlib ends the process on a broken connection, before its journals are closed.
        XSetIOErrorExitHandler(
            pointer,
            { _, display in
                guard let display else { return }
                Unmanaged<X11Display>.fromOpaque(display).takeUnretainedValue().isLost = true
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
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

    func atom(_ name: String) -> Atom { XInternAtom(pointer, name, 0) }

    /// Whether every request in `body` got a valid reply; false when a window disappeared meanwhile.
    func answered(_ body: () -> Bool) -> Bool {
        let before = X11Errors.count
        return body() && X11Errors.count == before && !isLost
    }

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

    /// The first 32-bit item of a property; nil without one.
    func cardinal(_ atom: Atom, of window: Window) -> UInt? {
        guard let value = property(atom, of: window), value.format == 32, value.bytes.count >= MemoryLayout<UInt>.size
        else { return nil }
        return value.bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt.self) } & 0xffff_ffff
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
}
