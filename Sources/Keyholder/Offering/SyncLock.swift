import Files
import Sealing
package import Vault

/// A lock so that one process at a time changes what is offered, network requests included. It ends with its holder.
package struct SyncLock: Sendable {
    private let lock: FileLock

    /// Waits for the lock without blocking a thread. Throws `.tryLater` with rule `sync.busy` when its holder does not
    /// give it back: it may hang.
    package static func acquire(_ vault: VaultDirectory, patience: Duration = .seconds(120)) async throws -> SyncLock {
        let limit = ContinuousClock.now + patience
        while true {
            do throws(FileError) { return SyncLock(lock: try FileLock(vault.path + "/sync")) } catch {
                guard error.isHeld else { throw CofferError(error) }
                guard ContinuousClock.now < limit else {
                    throw CofferError(
                        .tryLater, "Another Coffer process changes what is offered and does not finish.",
                        rule: "sync.busy", hint: "Try again. If a keyholder hangs, `coffer lock` ends it.")
                }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    package func release() { lock.release() }
}
