import Files
import Sealing
package import Vault

/// A lock so that one process at a time changes what is offered, network requests included. It ends with its holder.
package struct SyncLock: Sendable {
    private let lock: FileLock

    /// Waits for the lock without blocking a thread.
    package static func acquire(_ vault: VaultDirectory) async throws -> SyncLock {
        while true {
            do throws(FileError) { return SyncLock(lock: try FileLock(vault.path + "/sync")) } catch {
                guard error.isHeld else { throw CofferError(error) }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    package func release() { lock.release() }
}
