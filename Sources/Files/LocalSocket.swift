import CLinux
import Glibc
package import Sealing

/// A connected Unix socket between two processes of one user: lines and exact byte counts, each bounded in size.
package final class LocalSocket: Sendable {
    /// The longest line that either side accepts. A segment's record with its tiles is shorter.
    package static let maximumLine = 24 << 20

    package let descriptor: Int32
    private let buffer = ReadBuffer()

    init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    /// Connects; nil when no process listens there. A read or write that waits longer than `seconds` fails.
    ///
    /// Accepts only a socket that `user` serves, in a directory of that user alone. Does not follow a link.
    package static func connect(_ path: String, seconds: Int? = nil, user: UInt32 = geteuid()) throws(CofferError)
        -> LocalSocket?
    {
        let address = try LocalAddress(path)
        try RuntimeDirectory.check(Durable.split(path).directory)
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        let foreign = CofferError(
            .configuration, "The file at the socket's path is not a socket of this user.",
            hint: "Check the runtime folder: XDG_RUNTIME_DIR, or COFFER_HOME if you set it.")
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw foreign }
        let socket = try make()
        if let seconds { socket.setTimeout(seconds: seconds) }
        guard address.use({ Glibc.connect(socket.descriptor, $0, $1) }) == 0 else { return nil }
        guard socket.isFrom(user) else { throw foreign }
        return socket
    }

    /// Throws if the path is too long for a socket's address.
    package static func requireShort(_ path: String) throws(CofferError) { _ = try LocalAddress(path) }

    static func make(_ flags: __socket_type = __socket_type(0)) throws(CofferError) -> LocalSocket {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | flags.rawValue), 0)
        guard descriptor >= 0 else { throw CofferError(.configuration, "The system cannot open another socket.") }
        return LocalSocket(descriptor)
    }

    /// Whether the process at the other end belongs to this user.
    func isFrom(_ user: UInt32) -> Bool { coffer_peer_uid(descriptor) == Int64(user) }

    /// Sets how long a read or write may wait.
    package func setTimeout(seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    /// Ends the connection for both sides, also for a thread that waits in it.
    package func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Writes a line. False when the other side has closed.
    package func write(line: Bytes) -> Bool { send(line + [10]) }

    package func send(_ bytes: Bytes) -> Bool { bytes.withUnsafeBytes(send) }

    package func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        while position < bytes.count, let start = bytes.baseAddress {
            let count = Glibc.send(descriptor, start + position, bytes.count - position, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            position += count
        }
        return true
    }

    /// The next line without its end; nil at the end, after a timeout, or for a line beyond the bound.
    ///
    /// After each timeout it goes on waiting if `whileWaiting` says so.
    package func readLine(atMost limit: Int = maximumLine, whileWaiting: () -> Bool = { false }) -> Bytes? {
        buffer.line(atMost: limit) { target in
            while true {
                let count = receive(target)
                guard count < 0, errno == EAGAIN, whileWaiting() else { return count }
            }
        }
    }

    /// Reads exactly as many bytes as the memory has room for. Bytes that follow a line are read unbuffered, straight
    /// into it.
    package func read(into memory: inout SecretMemory) -> Bool {
        memory.withMutableBytes { target in
            var position = 0
            while position < target.count {
                let count = receive(UnsafeMutableRawBufferPointer(rebasing: target[position...]))
                guard count > 0 else { return false }
                position += count
            }
            return true
        }
    }

    /// The bytes that have arrived on a connection that does not block, perhaps none; nil when the other side has
    /// closed.
    package func available() -> Bytes? {
        var isOpen = true
        let bytes = Bytes(unsafeUninitializedCapacity: 512) { buffer, count in
            let received = receive(UnsafeMutableRawBufferPointer(buffer))
            isOpen = received > 0 || (received < 0 && errno == EAGAIN)
            count = max(0, received)
        }
        return isOpen ? bytes : nil
    }

    private func receive(_ target: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let count = recv(descriptor, target.baseAddress, target.count, 0)
            if count < 0, errno == EINTR { continue }
            return count
        }
    }
}

/// A path as a socket address.
struct LocalAddress {
    private var address = sockaddr_un()

    init(_ path: String) throws(CofferError) {
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw CofferError(
                .configuration, "The path of the runtime folder is too long for a socket.",
                hint: "Set XDG_RUNTIME_DIR or COFFER_HOME to a shorter path.")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    }

    func use(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
