import CLinux
import Glibc
package import Sealing

/// Unix stream sockets of this user: the agent has no others.
package enum UnixSocket {
    /// A socket that listens at this path, for this user only. An old one that nobody serves is replaced.
    package static func listen(at path: String) throws(CofferError) -> Int32 {
        let file = try make()
        unlink(path)
        let bound = try withAddress(path) { bind(file, $0, $1) }
        guard bound == 0, chmod(path, 0o600) == 0, Glibc.listen(file, 16) == 0 else {
            close(file)
            throw CofferError(
                .configuration, "The agent's socket cannot be made.",
                hint: "Check that the runtime folder exists and is yours.")
        }
        _ = fcntl(file, F_SETFL, O_NONBLOCK)
        return file
    }

    /// A connection; nil when nobody listens. Reads and writes give up after `seconds`.
    package static func connect(to path: String, seconds: Int) throws(CofferError) -> Int32? {
        let file = try make()
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(file, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard try withAddress(path, { Glibc.connect(file, $0, $1) }) == 0 else {
            close(file)
            return nil
        }
        return file
    }

    /// Whether the other end is this user.
    package static func isOwn(_ connection: Int32) -> Bool { coffer_peer_uid(connection) == Int64(getuid()) }

    /// Writes all of it; false when the other end does not take it.
    @discardableResult
    package static func send(_ line: String, to connection: Int32) -> Bool {
        let bytes = Array(line.utf8)
        return bytes.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            == bytes.count
    }

    private static func make() throws(CofferError) -> Int32 {
        let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { throw CofferError(.configuration, "The system gives no more sockets.") }
        return file
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(CofferError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw CofferError(
                .configuration, "The path of the runtime folder is too long for a socket.",
                hint: "Set COFFER_HOME or XDG_RUNTIME_DIR to a shorter path.")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
