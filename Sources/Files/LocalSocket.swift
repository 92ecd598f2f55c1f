import CLinux
import Glibc
package import Sealing

/// A connected Unix socket: lines and exact byte counts, each bounded in size and time.
package final class LocalSocket: Sendable {
    /// The longest line either side takes: a segment's record with its tiles stays under it.
    package static let maximumLine = 24 << 20

    private let file: Int32
    private let buffer = ReadBuffer()

    package init(_ file: Int32) { self.file = file }
    deinit { close(file) }

    /// Connects; nil when nobody listens there.
    package static func connect(_ path: String) throws(CofferError) -> LocalSocket? {
        let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { throw DurableFile.failure("made") }
        let connected = try withAddress(path) { Glibc.connect(file, $0, $1) }
        guard connected == 0 else {
            close(file)
            return nil
        }
        // Nobody else than this user may stand behind the name.
        guard coffer_peer_uid(file) == Int64(geteuid()) else {
            close(file)
            throw CofferError(.tampering, "The keyholder's socket belongs to another user.")
        }
        return LocalSocket(file)
    }

    /// Listens at a path that only this user reaches. A stale socket there is replaced.
    package static func listen(_ path: String) throws(CofferError) -> Int32 {
        let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { throw DurableFile.failure("made") }
        unlink(path)
        let mask = umask(0o177)
        let bound = try withAddress(path) { bind(file, $0, $1) }
        umask(mask)
        guard bound == 0, Glibc.listen(file, 16) == 0 else {
            let failure = DurableFile.failure("made")
            close(file)
            throw failure
        }
        return file
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32)
        throws(CofferError) -> Int32
    {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { target in
            guard bytes.count < target.count else { return false }
            target.copyBytes(from: bytes)
            return true
        }
        guard fits else {
            throw CofferError(
                .configuration, "The path of the runtime folder is too long for a socket.",
                hint: "Set XDG_RUNTIME_DIR or COFFER_HOME to a shorter path.")
        }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// How long a read or write may wait.
    package func setTimeout(seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }

    /// Writes a line. False: the other side is gone.
    package func write(line: Bytes) -> Bool { send(line + [10]) }

    package func send(_ bytes: Bytes) -> Bool { bytes.withUnsafeBytes(send) }

    package func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        while position < bytes.count, let start = bytes.baseAddress {
            let count = Glibc.send(file, start + position, bytes.count - position, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            position += count
        }
        return true
    }

    /// The next line without its end; nil at the end, after a timeout, or for a line beyond the bound.
    package func readLine(atMost limit: Int = maximumLine) -> Bytes? {
        buffer.line(atMost: limit) { target in receive(target) }
    }

    /// Exactly as many bytes as the memory has room for. What follows a line comes unbuffered, straight into it.
    package func read(into memory: inout SecretMemory) -> Bool {
        let file = file
        return memory.withMutableBytes { target in
            var position = 0
            while position < target.count, let start = target.baseAddress {
                let count = recv(file, start + position, target.count - position, 0)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                position += count
            }
            return true
        }
    }

    private func receive(_ target: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let count = recv(file, target.baseAddress, target.count, 0)
            if count < 0, errno == EINTR { continue }
            return count
        }
    }
}
