import Glibc
import Sealing
import Testing

@testable import Files

@Suite("Files that a person names")
struct NamedFilesTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/named"
    }

    private func status(_ path: String) throws -> stat {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return status
    }

    private func read(_ path: String) throws -> Bytes { try InputFile.read(path, atMost: 100) }

    @Test("A pipe is read once and known afterwards, and no more of it is read than is allowed")
    func pipes() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        try StreamOutput.write([1, 2, 3], to: ends[1])
        close(ends[1])
        let path = "/dev/fd/\(ends[0])"
        #expect(try read(path) == [1, 2, 3])
        #expect(try read(path) == [1, 2, 3])
        #expect(throws: CofferError(.usage, "")) { try InputFile.read(path, atMost: 2) }
        close(ends[0])

        // Another pipe under the same number.
        try #require(pipe(&ends) == 0)
        try StreamOutput.write(Bytes(repeating: 7, count: 101), to: ends[1])
        close(ends[1])
        #expect(throws: CofferError(.usage, "")) { try read("/dev/fd/\(ends[0])") }
        close(ends[0])
    }

    @Test("A missing file, a folder and a file that is too large are refused by name")
    func refused() throws {
        #expect(throws: CofferError(.notFound, "")) { try read(path) }
        #expect(throws: CofferError(.usage, "")) { try read(directory.path) }
        try DurableFile.write(Bytes(repeating: 1, count: 101), to: path)
        #expect(throws: CofferError(.usage, "")) { try read(path) }
        do { _ = try read(path) } catch { #expect("\(error)".contains(path)) }
        try DurableFile.write(Bytes(repeating: 1, count: 100), to: path)
        #expect(try read(path).count == 100)
    }

    @Test("A stored file that is a pipe is refused, and no reader waits for it")
    func storedPipes() throws {
        try #require(mkfifo(path, 0o600) == 0)
        #expect(throws: FileError(.read, code: ESPIPE)) { try DiskFileSystem().read(path, atMost: 10) }
    }

    @Test("A result replaces a file and keeps its mode; a link stays a link to the file that is written")
    func replaced() throws {
        #expect(try OutputFile.write([1], to: path))
        try #require(chmod(path, 0o640) == 0)
        #expect(try OutputFile.write([2], to: path))
        #expect(try status(path).st_mode == S_IFREG | 0o640)
        let link = directory.path + "/link"
        try #require(symlink("named", link) == 0)
        #expect(try OutputFile.write([3], to: link))
        #expect(try status(link).st_mode & S_IFMT == S_IFLNK)
        #expect(try read(path) == [3] && status(path).st_mode == S_IFREG | 0o640)
        // A secret gets its own mode, whatever was there.
        #expect(try OutputFile.write([4], to: link, mode: 0o600))
        #expect(try status(path).st_mode == S_IFREG | 0o600)
    }

    @Test("What is to be kept is kept, also a link to nothing")
    func kept() throws {
        try #require(symlink(directory.path + "/nothing", path) == 0)
        #expect(try !OutputFile.write([1], to: path, existing: .keep))
        #expect(try directory.names() == ["named"])
        #expect(throws: CofferError(.configuration, "")) { try OutputFile.write([1], to: path) }
        #expect(throws: CofferError(.configuration, "")) { try OutputFile.write([1], to: directory.path) }
        #expect(try directory.names() == ["named"])
    }

    @Test("A pipe is written into and stays a pipe")
    func intoAPipe() throws {
        try #require(mkfifo(path, 0o600) == 0)
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        try #require(reader >= 0)
        defer { close(reader) }
        #expect(OutputFile.isStream(path))
        #expect(try OutputFile.write([1, 2], to: path))
        var got = Bytes(repeating: 0, count: 9)
        #expect(Glibc.read(reader, &got, 9) == 2 && got.prefix(2) == [1, 2])
        #expect(try status(path).st_mode & S_IFMT == S_IFIFO)
    }

    @Test("A full device and a reader that went away are errors with the system's number")
    func failures() throws {
        let full = open("/dev/full", O_WRONLY)
        #expect(throws: FileError(.write, code: ENOSPC)) { try StreamOutput.write([1], to: full) }
        close(full)
        #expect(throws: FileError(.write, code: EBADF)) { try StreamOutput.write([1], to: -1) }
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        #expect(throws: FileError(.write, code: EPIPE)) { try StreamOutput.write([1], to: ends[1]) }
        close(ends[1])
    }
}
