import Glibc
package import Sealing
import Synchronization

/// A Unix socket that listens at a path for one user's processes. It removes the path when it is freed.
package final class LocalListener: Sendable {
    private let socket: LocalSocket
    private let path: String
    private let user: UInt32
    /// Whether the path belongs to this socket. Later another process may take the path.
    private let isNamed = Mutex(false)

    package var descriptor: Int32 { socket.descriptor }

    /// Listens with mode 0600. Replaces an old socket that no process serves. Throws when a process serves it, or when
    /// the path is a file or a link. With `waits` off, `accept` and its connections never block.
    package init(_ path: String, waits: Bool = true, user: UInt32 = geteuid()) throws(CofferError) {
        self.path = path
        self.user = user
        socket = try LocalSocket.make(waits ? __socket_type(0) : SOCK_NONBLOCK)
        let address = try LocalAddress(path)
        try RuntimeDirectory.check(Durable.split(path).directory)
        // The path gets the socket's mode, which is set before, so others can never connect.
        fchmod(socket.descriptor, 0o600)
        // Only one process at a time may check and replace an old socket.
        let folder = try? DiskFile(Durable.split(path).directory, O_RDONLY | O_DIRECTORY)
        try? folder?.lock(LOCK_EX)
        defer { folder?.unlock() }
        var result = address.use { bind(socket.descriptor, $0, $1) }
        if result != 0, errno == EADDRINUSE {
            guard try Self.isAbandoned(path, address) else {
                throw CofferError(
                    .configuration, "The socket's path is in use.",
                    hint: "Stop the process that serves it, or move the file at that path away.")
            }
            unlink(path)
            result = address.use { bind(socket.descriptor, $0, $1) }
        }
        if result == 0 { isNamed.withLock { $0 = true } }
        guard result == 0, listen(socket.descriptor, 128) == 0 else {
            throw CofferError(
                .configuration, "The socket cannot be made (system error \(errno)).",
                hint: "Check that the runtime folder exists and is yours.")
        }
    }

    deinit { stop() }

    /// Removes the path: processes that connect afterwards find no server.
    package func stop() {
        isNamed.withLock { isNamed in
            if isNamed { unlink(path) }
            isNamed = false
        }
    }

    /// The next connection of this user; connections of other users are closed. Nil when none waits, or when the socket
    /// is broken.
    package func accept() -> LocalSocket? {
        let flags = fcntl(descriptor, F_GETFL)
        let waits = flags & O_NONBLOCK == 0
        while true {
            let connection = Glibc.accept(descriptor, nil, nil)
            if connection >= 0 {
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                if !waits { _ = fcntl(connection, F_SETFL, O_NONBLOCK) }
                let socket = LocalSocket(connection)
                if socket.isFrom(user) { return socket }
            } else if waits, errno == EMFILE || errno == ENFILE {
                usleep(50_000)
            } else if errno != EINTR, errno != ECONNABORTED {
                return nil
            }
        }
    }

    /// Whether the path is a socket that no process serves.
    private static func isAbandoned(_ path: String, _ address: LocalAddress) throws(CofferError) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
        let probe = try LocalSocket.make(SOCK_NONBLOCK)
        return address.use { connect(probe.descriptor, $0, $1) } != 0 && errno == ECONNREFUSED
    }
}
