import Foundation
import Glibc
import Sealing
import Testing

@testable import Files

@Suite("The lock that names its process")
struct ProcessLockTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path + "/lock" }

    init() throws { directory = try TemporaryDirectory() }

    /// Another process, with the line that it would have written.
    private func other() throws -> (process: Process, line: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["300"]
        try process.run()
        let stat = try String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
        let fields = try #require(stat.split(separator: ")").last).split(separator: " ")
        return (process, "keyholder \(process.processIdentifier) \(fields[19])\n")
    }

    private func write(_ line: String) throws { try Data(line.utf8).write(to: URL(fileURLWithPath: path)) }

    @Test("It names its holder while that lives, and only one process holds it")
    func holding() throws {
        #expect(try ProcessLock.holding(of: path) == .free)
        let lock = try ProcessLock(path, role: "keyholder", patience: 0)
        let holder = try #require(try ProcessLock.holding(of: path).holder)
        #expect(holder.process == getpid() && holder.role == "keyholder")
        let error = #expect(throws: FileError.self) { try ProcessLock(path, role: "init", patience: 0) }
        #expect(error?.isHeld == true)
        lock.release()
        #expect(try ProcessLock.holding(of: path) == .free)
        // The next line takes the place of the old one.
        let next = try ProcessLock(path, role: "x", patience: 0)
        #expect(try ProcessLock.holding(of: path).holder?.role == "x")
        withExtendedLifetime(next) {}
    }

    @Test(
        "A holder whose line cannot be read is still a holder", arguments: ["", "keyholder", "keyholder 1 5", "a b c"])
    func unreadable(line: String) throws {
        try write(line)
        let lock = try FileLock(path)
        #expect(try ProcessLock.holding(of: path) == .held(nil))
        withExtendedLifetime(lock) {}
    }

    @Test("A process is killed only while it holds the lock, and never another one of its id")
    func kill() throws {
        let (process, line) = try other()
        defer { process.terminate() }
        try write(line)
        var lock: FileLock? = try FileLock(path)
        let holder = try #require(try ProcessLock.holding(of: path).holder)
        #expect(holder.process == process.processIdentifier)
        // The lock is free: the line is what an ended process left.
        lock?.release()
        lock = nil
        #expect(!ProcessLock.kill(holder, of: path))
        lock = try FileLock(path)
        // The line names a process that started at another time.
        let late = line.split(separator: " ").dropLast().joined(separator: " ") + " 1\n"
        try write(late)
        let stale = try #require(try ProcessLock.holding(of: path).holder)
        #expect(!ProcessLock.kill(stale, of: path) && !ProcessLock.kill(holder, of: path))
        #expect(process.isRunning)
        try write(line)
        // Stopped, as one that hangs.
        Glibc.kill(process.processIdentifier, SIGSTOP)
        #expect(ProcessLock.kill(holder, of: path))
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
        #expect(lock != nil)
    }

    @Test("Who waits for a lock in vain is told")
    func patience() throws {
        let lock = try FileLock(path)
        let error = #expect(throws: CofferError.self) {
            try FileLock.exclusive(path, patience: 30) { () throws(CofferError) in }
        }
        #expect(error == CofferError(.tryLater, "", rule: "file.busy"))
        withExtendedLifetime(lock) {}
    }

    @Test("A reserve is made once, with its size on the disk")
    func reserve() throws {
        let reserve = Reserve(directory.path + "/reserve", count: 100_000)
        reserve.keep()
        reserve.keep()
        var status = stat()
        try #require(stat(directory.path + "/reserve", &status) == 0)
        #expect(status.st_size == 100_000 && status.st_blocks * 512 >= 100_000)
        #expect(try reserve.write([1], to: path))
        #expect(try !reserve.write([2], to: path, existing: .keep))
        #expect(try DurableFile.read(path, atMost: 10) == [1])
        #expect(DurableFile.exists(directory.path + "/reserve"))
    }
}
