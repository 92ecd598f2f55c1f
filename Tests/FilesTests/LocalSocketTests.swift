import Glibc
import Sealing
import Testing

@testable import Files

@Suite("The local socket")
struct LocalSocketTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let stranger = geteuid() + 1

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/socket"
    }

    /// A socket's name that no process serves.
    private func abandon() throws {
        let old = try LocalSocket.make()
        let address = try LocalAddress(path)
        try #require(address.use { bind(old.descriptor, $0, $1) } == 0)
    }

    private func connects() throws -> Bool { try LocalSocket.connect(path) != nil }

    @Test("Lines and bytes go both ways; the socket is its user's alone")
    func lines() throws {
        let listener = try LocalListener(path)
        var status = stat()
        try #require(lstat(path, &status) == 0)
        #expect(status.st_mode == S_IFSOCK | 0o600)
        let client = try #require(try LocalSocket.connect(path, seconds: 5))
        #expect(client.write(line: [1, 2]) && client.send([3, 4, 5]))
        let server = try #require(listener.accept())
        #expect(server.readLine() == [1, 2])
        var memory = try SecretMemory(count: 3)
        let isRead = server.read(into: &memory)
        let bytes = memory.withBytes { Bytes($0) }
        #expect(isRead && bytes == [3, 4, 5])
        #expect(server.write(line: Bytes(repeating: 6, count: 100)))
        #expect(client.readLine(atMost: 10) == nil)
    }

    @Test("What does not wait says that nothing has come, and that the other side is gone")
    func available() throws {
        let listener = try LocalListener(path, waits: false)
        #expect(listener.accept() == nil)
        var client = try LocalSocket.connect(path)
        let server = try #require(listener.accept())
        #expect(server.available() == [])
        #expect(client?.send([1, 2]) == true)
        #expect(server.available() == [1, 2])
        client = nil
        #expect(client == nil && server.available() == nil)
    }

    @Test("Neither side speaks to another user")
    func foreign() throws {
        let listener = try LocalListener(path, waits: false, user: stranger)
        let client = try #require(try LocalSocket.connect(path, seconds: 5))
        #expect(listener.accept() == nil)
        #expect(client.readLine() == nil)
        #expect(throws: CofferError(.configuration, "")) { try LocalSocket.connect(path, user: stranger) }
    }

    @Test("The folder of a socket must be this user's alone, and no link")
    func theDirectory() throws {
        let listener = try LocalListener(path)
        #expect(try connects())
        for mode in [mode_t(0o750), 0o702, 0o777] {
            try #require(chmod(directory.path, mode) == 0)
            #expect(throws: CofferError(.configuration, "")) { try LocalSocket.connect(path) }
            #expect(throws: CofferError(.configuration, "")) { try LocalListener(directory.path + "/other") }
        }
        try #require(chmod(directory.path, 0o700) == 0)
        #expect(try connects())
        #expect(throws: CofferError(.configuration, "")) {
            try RuntimeDirectory.check(directory.path, user: stranger)
        }
        let link = try TemporaryDirectory()
        try #require(symlink(directory.path, link.path + "/link") == 0)
        #expect(throws: CofferError(.configuration, "")) { try LocalSocket.connect(link.path + "/link/socket") }
        #expect(throws: CofferError(.configuration, "")) { try RuntimeDirectory.check(path) }
        // Nobody serves a socket in a folder that is not there.
        #expect(try LocalSocket.connect(directory.path + "/missing/socket") == nil)
        withExtendedLifetime(listener) {}
    }

    @Test("A link at the path is neither followed nor replaced, and a file is not replaced")
    func links() throws {
        let listener = try LocalListener(path)
        let link = directory.path + "/link"
        let file = directory.path + "/file"
        try #require(symlink(path, link) == 0)
        try DurableFile.write([1], to: file)
        for other in [link, file] {
            #expect(throws: CofferError(.configuration, "")) { try LocalSocket.connect(other) }
            #expect(throws: CofferError(.configuration, "")) { try LocalListener(other) }
        }
        try #require(symlink(directory.path + "/nothing", directory.path + "/dangling") == 0)
        #expect(throws: CofferError(.configuration, "")) { try LocalListener(directory.path + "/dangling") }
        #expect(try directory.names() == ["dangling", "file", "link", "socket"])
        #expect(try connects())
        withExtendedLifetime(listener) {}
    }

    @Test("A socket that is served is not replaced")
    func served() throws {
        let listener = try LocalListener(path, waits: false)
        #expect(throws: CofferError(.configuration, "")) { try LocalListener(path) }
        #expect(try connects())
        // The one that only looked, and the one that connected.
        #expect(listener.accept() != nil && listener.accept() != nil && listener.accept() == nil)
    }

    @Test("A socket that nobody serves is replaced")
    func unserved() throws {
        try abandon()
        #expect(try !connects())
        let listener = try LocalListener(path)
        #expect(try connects())
        withExtendedLifetime(listener) {}
    }

    @Test("Of many that replace an old socket, one serves")
    func race() async throws {
        try abandon()
        let path = path
        let listeners = await withTaskGroup(of: LocalListener?.self) { group in
            for _ in 0..<16 { group.addTask { try? LocalListener(path, waits: false) } }
            return await group.reduce(into: [LocalListener]()) { if let listener = $1 { $0.append(listener) } }
        }
        #expect(listeners.count == 1)
        #expect(try connects())
        withExtendedLifetime(listeners) {}
    }

    @Test("The name goes with the listener, and not a later one's")
    func stop() throws {
        var first: LocalListener? = try LocalListener(path)
        first?.stop()
        #expect(try directory.names() == [] && !connects())
        var second: LocalListener? = try LocalListener(path)
        first = nil
        #expect(try first == nil && connects())
        second = nil
        #expect(try second == nil && directory.names() == [])
    }

    @Test("A path that is too long for a socket is named")
    func long() throws {
        let long = directory.path + "/" + String(repeating: "s", count: 100)
        #expect(throws: CofferError(.configuration, "")) { try LocalListener(long) }
        #expect(throws: CofferError(.configuration, "")) { try LocalSocket.connect(long) }
    }
}
