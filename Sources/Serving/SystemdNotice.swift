import Glibc
import Sealing

/// Tells systemd the state of the service (sd_notify): one datagram to the socket in `NOTIFY_SOCKET`.
package struct SystemdNotice: Sendable {
    private let path: String

    /// Nil if no socket is named, or if the name is not valid for a socket.
    package init?(path: String?) {
        guard let path, path.hasPrefix("/") || path.hasPrefix("@"), path.utf8.count > 1,
            path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        else { return nil }
        self.path = path
    }

    package static var fromEnvironment: SystemdNotice? {
        SystemdNotice(path: getenv("NOTIFY_SOCKET").map { String(cString: $0) })
    }

    /// Sends a state, e.g. `READY=1`. Errors are ignored.
    package func send(_ state: StaticString) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Bytes(path.utf8)
        // An abstract name begins with a zero byte.
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let text = Bytes("\(state)".utf8)
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
    }
}
