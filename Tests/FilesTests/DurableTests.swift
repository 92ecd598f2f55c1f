import CofferTestKit
import Files
import Glibc
import Sealing
import Testing

/// A folder that goes with its last reference.
final class TemporaryDirectory: Sendable {
    let path = "/tmp/coffer-files-\(UInt64.random(in: 0 ... .max))"

    init() throws { _ = try DiskFileSystem(directoryMode: 0o700).makeDirectory(path) }
    deinit { try? Durable().removeAll(path) }

    func names() throws -> [String] { try DiskFileSystem().list(path) }
}

@Suite("Durable files")
struct DurableTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let files = DiskFileSystem()

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/file"
    }

    private func status(_ path: String) throws -> stat {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return status
    }

    @Test("A file is written whole, with its mode and time, and nothing else is left")
    func write() throws {
        try Durable().write([1, 2], to: path, mode: 0o600, modified: 1_234)
        #expect(try files.read(path, atMost: 2) == [1, 2])
        var status = try status(path)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(status.st_mtim.tv_sec == 1 && status.st_mtim.tv_nsec == 234_000_000)
        try Durable().write([3], to: path, mode: 0o644)
        status = try self.status(path)
        #expect(try files.read(path, atMost: 1) == [3] && status.st_mode & 0o777 == 0o644)
        #expect(try directory.names() == ["file"])
        let long = String(repeating: "n", count: 255)
        try Durable().write([4], to: "\(directory.path)/\(long)")
        #expect(try directory.names() == ["file", long])
    }

    @Test("A sparse file of one tebibyte is refused before memory is taken for it")
    func sparse() throws {
        try Durable().write([], to: path)
        try #require(truncate(path, 1 << 40) == 0)
        #expect(throws: FileError(.read, code: EFBIG)) { try files.read(path, atMost: 1 << 20) }
        #expect(throws: CofferError(.tampering, "")) { try DurableFile.read(path, atMost: 1 << 20) }
        let error = #expect(throws: CofferError.self) { try SecretFile.read(path) { $0.count } }
        #expect(error?.message == "\(path) is too large to be a key.")
    }

    @Test("The limit holds for what has no size, too; a folder is not read, nor is a device taken for a stored file")
    func streams() throws {
        #expect(try InputFile.read("/dev/null", atMost: 10) == [])
        #expect(throws: CofferError(.usage, "")) { try InputFile.read("/dev/zero", atMost: 10) }
        #expect(throws: FileError(.read, code: ESPIPE)) { try files.read("/dev/zero", atMost: 10) }
        #expect(throws: CofferError(.tampering, "")) { try DurableFile.read(directory.path, atMost: 1 << 20) }
        #expect(try files.read(path, atMost: 0) == nil)
    }

    @Test("Of many that keep what is there, one writes")
    func keep() async throws {
        let path = path
        let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
            for n in UInt8(0)..<32 {
                group.addTask {
                    try Durable().write(Bytes(repeating: n, count: 5_000), to: path, existing: .keep) ? n : nil
                }
            }
            return try await group.reduce(into: [UInt8]()) { if let winner = $1 { $0.append(winner) } }
        }
        let winner = try #require(winners.first)
        #expect(winners.count == 1)
        #expect(try files.read(path, atMost: 5_000) == Bytes(repeating: winner, count: 5_000))
        #expect(try directory.names() == ["file"])
    }

    @Test("A full disk is named, and what was there stays", arguments: 0..<4)
    func full(operation: Int) throws {
        let device = try DiskFile("/dev/full", O_WRONLY)
        let error = #expect(throws: FileError(.write, code: ENOSPC)) { try device.write([1]) }
        #expect(error.map { CofferError($0).message } == "The disk is full.")

        let disk = SimulatedDisk()
        try Durable(disk).write([1], to: "d/file")
        for existing in [Durable.Existing.replace, .keep] {
            let name = existing == .keep ? "d/new" : "d/file"
            disk.start(.error(at: operation, code: ENOSPC))
            let result = Result { () throws(FileError) in
                try Durable(disk).write([2, 3], to: name, existing: existing)
            }
            disk.start()
            // Create, write, sync, and rename or link.
            #expect(throws: FileError.self) { try result.get() }
            #expect(try disk.read("d/file") == [1] && disk.list("d") == ["file"])
        }
    }

    @Test("A new file never takes a name that is there, not even a link's")
    func create() throws {
        try Durable().create([1], at: path, mode: 0o600)
        #expect(throws: FileError(.create, code: EEXIST)) { try Durable().create([2], at: path, mode: 0o600) }
        let target = directory.path + "/target"
        let link = directory.path + "/link"
        try #require(symlink(target, link) == 0)
        #expect(throws: FileError(.create, code: EEXIST)) { try Durable().create([2], at: link, mode: 0o600) }
        #expect(try files.read(path, atMost: 1) == [1] && directory.names() == ["file", "link"])
    }

    @Test("A link is removed wherever it leads; missing files and directories are not errors")
    func remove() throws {
        let target = directory.path + "/target"
        try DurableFile.write([1], to: target)
        for destination in [target, directory.path + "/nowhere", path] {
            try #require(symlink(destination, path) == 0)
            try DurableFile.remove(path)
            #expect(try directory.names() == ["target"])
        }
        for missing in [path, directory.path + "/no/file", target + "/file"] { try DurableFile.remove(missing) }
        #expect(throws: CofferError(.configuration, "")) { try DurableFile.remove(directory.path) }
        #expect(try DurableFile.read(target, atMost: 1) == [1])
    }

    @Test("A part is overwritten in place")
    func overwrite() throws {
        try Durable().write([1, 2, 3, 4], to: path)
        let before = try status(path).st_ino
        try files.overwrite(path, at: 1, with: [9, 9])
        #expect(try files.read(path, atMost: 4) == [1, 9, 9, 4])
        #expect(try status(path).st_ino == before)
    }

    @Test("Folders are made with those above them, for their user alone")
    func directories() throws {
        let inner = directory.path + "/a/b/c"
        try DurableFile.makeDirectory(inner)
        try DurableFile.makeDirectory(inner)
        for name in ["a", "a/b", "a/b/c"] {
            let mode = try status("\(directory.path)/\(name)").st_mode
            #expect(mode & S_IFMT == S_IFDIR && mode & 0o077 == 0)
        }
        try Durable().removeAll(directory.path + "/a")
        try DurableFile.makeDirectory(inner)
        #expect(DurableFile.exists(inner))
    }

    @Test("A key's file is its owner's alone; its errors name it")
    func secrets() throws {
        try SecretFile.create(path, [7, 7])
        #expect(try status(path).st_mode & 0o777 == 0o600)
        #expect(try SecretFile.read(path) { Bytes($0) } == [7, 7])
        func message(_ body: () throws -> Void) -> String? {
            #expect(throws: CofferError.self, performing: body)?.message
        }
        #expect(message { try SecretFile.create(path, [1]) } == "\(path) already exists; a key is never overwritten.")
        #expect(message { try SecretFile.read("\(path)2") { _ in } } == "There is no file \(path)2.")
        #expect(
            message { try SecretFile.create(directory.path + "/no/key", [1]) }
                == "Cannot create \(directory.path)/no/key: No such file or directory.")
    }

    @Test("The sentence for an error names no path")
    func sentences() throws {
        let error = #expect(throws: CofferError.self) { try DurableFile.write([1], to: directory.path + "/no/file") }
        #expect(error?.message == "A file could not be made: its folder is missing.")
        #expect(
            CofferError(FileError(.sync, code: EIO)).message == "A file could not be made durable (system error 5).")
        #expect(
            CofferError(FileError(.rename, code: EACCES)).message
                == "A file could not be put in place: permission denied.")
    }

    @Test("One process holds a lock; it goes with its holder")
    func lock() throws {
        #expect(try !FileLock.isHeld(path))
        var lock: FileLock? = try FileLock(path)
        #expect(try FileLock.isHeld(path))
        let error = #expect(throws: FileError.self) { try FileLock(path) }
        #expect(error?.isHeld == true)
        lock?.release()
        #expect(try !FileLock.isHeld(path))
        lock = try FileLock(path)
        lock = nil
        #expect(try !FileLock.isHeld(path))
        #expect(try lock == nil && status(path).st_mode & 0o777 == 0o600)
    }

    @Test("Who waits for a lock gets it after its holder")
    func exclusive() async throws {
        let path = path
        try DurableFile.write([0], to: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5 {
                        try FileLock.exclusive(path + ".lock") { () throws(CofferError) in
                            let count = try DurableFile.read(path, atMost: 1)?.first ?? 0
                            try DurableFile.write([count + 1], to: path)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try files.read(path, atMost: 1) == [40])
    }
}
