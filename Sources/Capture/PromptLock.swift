import Files
import Glibc
package import Sealing

/// Tells every agent of this user that a prompt is open: also one of another vault, and one that starts meanwhile.
///
/// A prompt holds a shared lock on one file. An agent asks whether somebody holds it, and takes nothing. At its regular
/// end a prompt writes the time into the file's metadata; so a prompt that was killed can be told from one that ended.
package final class PromptLock: Sendable {
    private let descriptor: Int32
    /// F_OFD_SETLK and F_OFD_GETLK of fcntl(2), which the C library's module does not show.
    private static let setLock: Int32 = 37
    fileprivate static let getLock: Int32 = 36

    /// Holds the lock for as long as this object lives.
    package init(_ path: String) throws(CofferError) {
        let file = try Self.open(path)
        var lock = Self.lock(F_RDLCK)
        guard fcntl(file, Self.setLock, &lock) == 0 else {
            close(file)
            throw Self.refusal(path, "cannot be locked")
        }
        descriptor = file
    }

    deinit {
        futimens(descriptor, nil)
        close(descriptor)
    }

    /// The file, which is the same for all vaults of a user: in the runtime folder, or in `/tmp` without one.
    package static func path(runtimeFolder: String?, user: UInt32 = geteuid()) -> String {
        for case let folder? in [runtimeFolder, "/run/user/\(user)"] where access(folder, W_OK) == 0 {
            return folder + "/coffer-prompt"
        }
        return "/tmp/coffer-prompt-\(user)"
    }

    fileprivate static func open(_ path: String) throws(CofferError) -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw refusal(path, "cannot be opened") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
            close(descriptor)
            throw refusal(path, "is not a file of yours")
        }
        return descriptor
    }

    fileprivate static func lock(_ type: Int32) -> flock {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        return lock
    }

    private static func refusal(_ path: String, _ why: String) -> CofferError {
        CofferError(
            .configuration, "The file \(path) \(why), so agents cannot be told that a prompt is open.",
            rule: "prompt.lock", hint: "Remove it, or set XDG_RUNTIME_DIR to a folder of yours.")
    }
}

/// What an agent knows of the prompts of its user.
struct PromptWatch {
    private let path: String
    private var wasOpen = false
    private var lastEnd: timespec?

    init(_ path: String) { self.path = path }

    enum Finding: Hashable {
        case none, open
        /// One has ended since the last look; without saying so if it was killed.
        case ended(isKilled: Bool)
    }

    /// Opens the file each time, because it may have been removed and made again. When that fails, nobody knows whether
    /// a prompt is open, so one is.
    mutating func look() -> Finding {
        guard let descriptor = try? PromptLock.open(path) else { return .open }
        defer { close(descriptor) }
        var lock = PromptLock.lock(F_WRLCK)
        var status = stat()
        guard fcntl(descriptor, PromptLock.getLock, &lock) == 0, fstat(descriptor, &status) == 0 else { return .open }
        let hasEnded =
            lastEnd.map { $0.tv_sec != status.st_mtim.tv_sec || $0.tv_nsec != status.st_mtim.tv_nsec } ?? false
        defer { lastEnd = status.st_mtim }
        if Int32(lock.l_type) != F_UNLCK {
            wasOpen = true
            return .open
        }
        defer { wasOpen = false }
        return wasOpen || hasEnded ? .ended(isKilled: !hasEnded) : .none
    }
}
