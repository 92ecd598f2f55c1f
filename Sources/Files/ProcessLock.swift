import CLinux
import Glibc
import Sealing

/// A lock that one process holds for as long as it lives, in a file that names this process. So whether the process
/// lives is never read from whether it answers, and one that hangs can be ended.
///
/// The file has one line of fixed length: the holder's role, its process id, and the clock tick at which it started.
/// The line of an ended process stays until the next holder writes its own; because of the tick it never names a later
/// process that got the same id.
package final class ProcessLock: Sendable {
    /// The process that holds a lock.
    package struct Holder: Hashable, Sendable {
        package let role: String
        package let process: Int32
        let started: UInt64
    }

    package enum Holding: Hashable, Sendable {
        case free
        /// Nil when the holder has not written its line yet, or could not.
        case held(Holder?)

        package var isHeld: Bool { self != .free }
        package var holder: Holder? { if case .held(let holder) = self { holder } else { nil } }
    }

    private static let lineCount = 64
    private let file: DiskFile

    /// Takes the lock. While another process holds it, this tries again for so many milliseconds, then throws an error
    /// whose `isHeld` is true.
    package init(_ path: String, role: String, patience: Int = 500) throws(FileError) {
        let file = try DiskFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        try file.lock(patience: patience)
        guard let holder = Self.describe(getpid(), role: role) else { throw FileError(.lock, code: ESRCH) }
        // In place, so that a full disk does not hinder it once the file is there.
        try file.seek(0)
        try file.write(holder.line)
        self.file = file
    }

    package func release() { file.unlock() }

    /// Who holds the lock. A missing file is not held.
    package static func holding(of path: String) throws(FileError) -> Holding {
        guard try FileLock.isHeld(path) else { return .free }
        let line = try DiskFileSystem().read(path, atMost: lineCount) ?? []
        return .held(Holder(line: line))
    }

    /// Ends a holder by a signal that it does not handle, SIGKILL if none is named. Does nothing, and returns false, unless exactly this process still holds the lock.
    /// It is looked up again after the descriptor of the process was opened, so an id that was given to another process
    /// is never killed.
    package static func kill(_ holder: Holder, of path: String, by signal: Int32 = SIGKILL) -> Bool {
        let descriptor = coffer_pidfd_open(holder.process)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard describe(holder.process, role: holder.role) == holder, (try? holding(of: path)) == .held(holder) else {
            return false
        }
        guard coffer_pidfd_signal(descriptor, signal) == 0 else { return false }
        // A stopped process is ended by SIGKILL at once, by others only when it goes on.
        return signal == SIGKILL || coffer_pidfd_signal(descriptor, SIGCONT) == 0
    }

    /// A process with its start. In the system's `stat` line the name stands in parentheses and may hold anything, so
    /// fields are counted after the last parenthesis; the start is the twentieth there.
    private static func describe(_ process: Int32, role: String) -> Holder? {
        let descriptor = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let line = Bytes(unsafeUninitializedCapacity: 2_048) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        guard let end = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = String(decoding: line[line.index(after: end)...], as: UTF8.self).split(separator: " ")
        guard fields.count > 19, let started = UInt64(fields[19]) else { return nil }
        return Holder(role: role, process: process, started: started)
    }
}

extension ProcessLock.Holder {
    fileprivate var line: Bytes {
        let words = Array("\(role) \(process) \(started)".utf8.prefix(63))
        return words + Bytes(repeating: UInt8(ascii: " "), count: 63 - words.count) + [UInt8(ascii: "\n")]
    }

    fileprivate init?(line: Bytes) {
        let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let process = Int32(words[1]), process > 1, let started = UInt64(words[2]) else {
            return nil
        }
        self.init(role: String(words[0]), process: process, started: started)
    }
}
