import Files
import Glibc
import Sealing
package import Vault

/// One process at a time changes what is offered, network and all. It goes with its holder.
package struct SyncLock: Sendable {
    private let file: Int32

    /// Waits for it without holding up a thread.
    package static func acquire(_ vault: VaultDirectory) async throws -> SyncLock {
        let file = open(vault.path + "/sync", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw DurableFile.failure("made") }
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            do { try await Task.sleep(for: .milliseconds(50)) } catch {
                close(file)
                throw error
            }
        }
        return SyncLock(file: file)
    }

    package func release() { close(file) }
}
