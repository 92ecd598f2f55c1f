import Files
import Glibc
package import Sealing

/// Only one agent writes a vault. The lock goes with its process.
package final class AgentLock {
    private let file: Int32

    /// Takes the lock, or says that another agent has it.
    package init(vault path: String) throws(CofferError) {
        let file = try Self.open(path)
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw CofferError(
                .configuration, "A capture agent already runs for this vault.",
                hint: "See `coffer capture status`; end it with `coffer capture off`.")
        }
        self.file = file
    }

    deinit { close(file) }

    /// Whether an agent runs, whether it answers or not.
    package static func isTaken(vault path: String) throws(CofferError) -> Bool {
        guard DurableFile.exists(path + "/agent.lock") else { return false }
        let file = try open(path)
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0
    }

    private static func open(_ path: String) throws(CofferError) -> Int32 {
        let file = Glibc.open(path + "/agent.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw DurableFile.failure("made") }
        return file
    }
}
