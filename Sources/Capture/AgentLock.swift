import Files
package import Sealing

/// A lock so that only one agent writes a vault. It ends with its process.
package final class AgentLock {
    private let lock: FileLock

    /// Takes the lock; throws `.configuration` if another agent has it.
    package init(vault path: String) throws(CofferError) {
        do throws(FileError) { lock = try FileLock(path + "/agent.lock") } catch {
            guard error.isHeld else { throw CofferError(error) }
            throw CofferError(
                .configuration, "A capture agent already runs for this vault.",
                hint: "See `coffer capture status`; end it with `coffer capture off`.")
        }
    }

    /// Whether an agent runs, even if it does not answer.
    package static func isTaken(vault path: String) throws(CofferError) -> Bool {
        try DurableFile.explained { () throws(FileError) in try FileLock.isHeld(path + "/agent.lock") }
    }
}
