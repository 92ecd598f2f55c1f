package import Files
package import Sealing

/// The lock beside the vault. The one process that has the vault's keys, or that makes or replaces the vault, holds it
/// from its first check to its end. So there is at most one keyholder, and a recovery sheet is that of its vault.
package enum VaultLock {
    /// What a process holds the lock for.
    package enum Role: String, Sendable { case keyholder, initialize, restore, rotate }

    /// The lock's path for a vault.
    package static func path(vault: String) -> String { vault + ".lock" }

    /// Takes the lock. Throws `.tryLater` with rule `vault.busy` while another process holds it.
    package static func take(_ path: String, as role: Role) throws(CofferError) -> ProcessLock {
        do throws(FileError) { return try ProcessLock(path, role: role.rawValue) } catch {
            guard error.isHeld else { throw CofferError(error) }
            let holder = (try? ProcessLock.holding(of: path))?.holder
            throw CofferError(
                .tryLater, "Another Coffer process\(holder.map { " (\($0.process))" } ?? "") is using the vault.",
                rule: "vault.busy",
                hint: holder?.role == Role.keyholder.rawValue
                    ? "Run `coffer lock` first." : "Wait until it has finished, then try again.")
        }
    }

    /// Who holds the lock as a keyholder. A holder that cannot be read counts as one.
    package static func keyholder(_ path: String) -> ProcessLock.Holding {
        guard let holding = try? ProcessLock.holding(of: path) else { return .held(nil) }
        guard let holder = holding.holder, holder.role != Role.keyholder.rawValue else { return holding }
        return .free
    }
}
