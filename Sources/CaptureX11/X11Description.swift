import CX11
import Capture
import Glibc
import Sealing

/// What a window says about itself: its class, its title and its process.
struct X11Description {
    private let display: X11Display
    private let titleAtom: Atom
    private let pidAtom: Atom

    init(display: X11Display) {
        self.display = display
        titleAtom = display.atom("_NET_WM_NAME")
        pidAtom = display.atom("_NET_WM_PID")
    }

    /// Whether a property is part of a description.
    func describes(_ property: Atom) -> Bool {
        [titleAtom, Atom(XA_WM_NAME), Atom(XA_WM_CLASS)].contains(property)
    }

    func describe(_ window: Window) -> Focus? {
        let request = display.nextRequest
        var hint = XClassHint()
        var names: (instance: String, app: String) = ("", "")
        if XGetClassHint(display.pointer, window, &hint) != 0 {
            names = (hint.res_name.map { String(cString: $0) } ?? "", hint.res_class.map { String(cString: $0) } ?? "")
            if let name = hint.res_name { XFree(name) }
            if let name = hint.res_class { XFree(name) }
        }
        let title = self.title(of: window)
        let pid = display.cardinals(pidAtom, of: window).first
        let process = coffer_client_process(
            XGetXCBConnection(display.pointer), UInt32(truncatingIfNeeded: window))
        guard !display.hasFailed(since: request) else { return nil }
        let own = [names.instance, names.app].contains { $0.lowercased() == "coffer" }
        return Focus(
            window: window, app: AppName(distinguishing: names.app), title: title,
            isCoffer: own || pid.map(Self.isCoffer) ?? false, process: process == 0 ? nil : process)
    }

    /// `_NET_WM_NAME`, else `WM_NAME` (old clients have only the latter, in Latin-1), cut to 1,024 characters.
    private func title(of window: Window) -> String {
        if let name = display.property(titleAtom, of: window), name.format == 8 {
            return String(String(decoding: name.bytes, as: UTF8.self).prefix(1024))
        }
        guard let name = display.property(Atom(XA_WM_NAME), of: window), name.format == 8 else { return "" }
        if let text = String(validating: name.bytes, as: UTF8.self) { return String(text.prefix(1024)) }
        return String(String.UnicodeScalarView(name.bytes.prefix(1024).map { Unicode.Scalar($0) }))
    }

    /// Whether a process runs the same executable as this one.
    private static func isCoffer(pid: UInt) -> Bool {
        guard pid > 0, let own = executable("self"), let other = executable(String(pid)) else { return false }
        return own == other
    }

    private static func executable(_ process: String) -> String? {
        var path = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/\(process)/exe", &path, path.count)
        guard length > 0 else { return nil }
        return String(decoding: path.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
