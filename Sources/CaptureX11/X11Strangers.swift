import CX11
import Glibc

/// The windows of other clients inside a window: embedded programs and plug-ins, whose pixels and input are not the
/// window's own.
struct X11Strangers {
    let display: X11Display

    /// The largest number of windows that is looked at; more are not an app that can be recorded.
    private static let limit = 2048

    /// Nil when a window disappeared meanwhile, or when there are too many of them.
    func inside(_ window: Window) -> [Window]? {
        let connection = XGetXCBConnection(display.pointer)
        var level = [window]
        var strangers: [Window] = []
        var count = 0
        while !level.isEmpty {
            count += level.count
            guard count <= Self.limit else { return nil }
            // All requests of a level first: one round trip for each level.
            let requests = level.map { xcb_query_tree(connection, xcb_window_t(truncatingIfNeeded: $0)) }
            var next: [Window] = []
            var isWhole = true
            for request in requests {
                guard let reply = xcb_query_tree_reply(connection, request, nil) else {
                    isWhole = false
                    continue
                }
                defer { free(reply) }
                let children = UnsafeBufferPointer(
                    start: xcb_query_tree_children(reply), count: Int(xcb_query_tree_children_length(reply)))
                for child in children.map({ Window($0) }) {
                    if isOwn(child, of: window) { next.append(child) } else { strangers.append(child) }
                }
            }
            guard isWhole else { return nil }
            level = next
        }
        return strangers
    }

    /// Whether a window inside another one is a part of it: of the same client, or of a process that this client's
    /// process has started for its own drawing. Browsers draw so. A program in its own right names its class.
    func isOwn(_ child: Window, of window: Window) -> Bool {
        if display.sameClient(child, window) { return true }
        guard display.property(Atom(XA_WM_CLASS), of: child) == nil else { return false }
        let connection = XGetXCBConnection(display.pointer)
        let own = coffer_client_process(connection, UInt32(truncatingIfNeeded: window))
        var process = coffer_client_process(connection, UInt32(truncatingIfNeeded: child))
        guard own > 1 else { return false }
        for _ in 0..<16 where process > 1 {
            if process == own { return true }
            process = Self.parent(of: process)
        }
        return false
    }

    /// 0 when it is not known.
    private static func parent(of process: UInt32) -> UInt32 {
        guard let file = fopen("/proc/\(process)/stat", "r") else { return 0 }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = fread(&bytes, 1, bytes.count, file)
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        // The name in parentheses may hold anything: what follows its end is the state, then the parent.
        guard let end = text.lastIndex(of: ")") else { return 0 }
        let fields = text[end...].split(separator: " ")
        return fields.count > 2 ? UInt32(fields[2]) ?? 0 : 0
    }
}
