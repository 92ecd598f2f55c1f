import Files
import Glibc
package import Sealing

/// A lock so that only one agent writes a vault. It ends with its process, and names it.
package final class AgentLock {
    private let lock: ProcessLock

    /// Takes the lock; throws `.configuration` if another agent has it.
    package init(vault path: String) throws(CofferError) {
        do throws(FileError) { lock = try ProcessLock(Self.path(path), role: "agent", patience: 200) } catch {
            guard error.isHeld else { throw CofferError(error) }
            throw CofferError(
                .configuration, "A capture agent already runs for this vault.",
                hint: "See `coffer capture status`; end it with `coffer capture off`.")
        }
    }

    /// Lets through the signal by which `off` ends an agent that does not answer, whatever this process has inherited.
    /// Call it on the first thread, before there are others.
    package static func acceptEnd() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGUSR2)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        signal(SIGUSR2, SIG_DFL)
    }

    package func release() { lock.release() }

    /// Whether an agent runs, even if it does not answer.
    package static func isTaken(vault path: String) throws(CofferError) -> Bool { try holding(vault: path).isHeld }

    static func holding(vault path: String) throws(CofferError) -> ProcessLock.Holding {
        try DurableFile.explained { () throws(FileError) in try ProcessLock.holding(of: Self.path(path)) }
    }

    /// Kills the agent that holds the lock. False when that is not known, or when none does any more.
    static func kill(vault path: String, by signal: Int32) throws(CofferError) -> Bool {
        try holding(vault: path).holder.map { ProcessLock.kill($0, of: Self.path(path), by: signal) } ?? false
    }

    private static func path(_ vault: String) -> String { vault + "/agent.lock" }
}
