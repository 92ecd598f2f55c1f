import ArgumentParser
import Capture
import Files
import Foundation
import Glibc
import Keyholder
import Replica
import Rules
import Sealing
import Vault

extension Coffer.Key {
    /// Makes a new identity for the same vault.
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Renew the identity: a new seed, and every segment's header sealed to it.",
            discussion: """
                Segments keep their ids. Consents are bound to the old identity, so all of them must have ended: \
                revoke them first and consent again. The desk needs new pseudonyms, and your old sheet opens nothing \
                that this machine writes from now on; it still opens what it could open before.
                """)

        @Option(name: .long, help: ArgumentHelp("Write the new recovery sheet there (mode 0600).", valueName: "file"))
        var sheet: String?

        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let home = session.home
            let pin = try session.pin()
            guard sheet != nil || (isatty(STDOUT_FILENO) == 1 && !output.json) else {
                throw CofferError(
                    .usage, "The new recovery sheet is shown on a terminal only.",
                    hint: "Run this on a terminal, or give --sheet FILE.")
            }
            try RecoverySheetPage.requireFree(sheet)
            let directory = try session.directory()
            let followed = try await session.programme().follow()
            let time = followed.certainTime(now: Now.milliseconds())
            let seed = try await session.identity(passphrase)
            try session.keyholder.end()
            let vaultLock = try VaultLock.take(home.vaultLock, as: .rotate)
            defer { vaultLock.release() }
            // Opened under the lock: another `rotate` may have replaced it meanwhile.
            let vault = try OpenVault(directory, keys: try VaultKeys(of: seed))
            // A running agent seals what it has, records nothing meanwhile and then seals to the new key. Without one,
            // none may start until the new vault is there.
            let handover = try home.agentControl.handOver()
            let agentLock = handover == nil ? try AgentLock(vault: home.vault) : nil
            defer { withExtendedLifetime((handover, agentLock)) {} }
            let lock = try await SyncLock.acquire(directory)
            defer { lock.release() }
            try vault.requireRenewable(state: followed.state, now: time)
            let new = try IdentitySeed()
            let secret = try await passphrase.readNew("Passphrase for the new identity: ", home: home)

            let next = home.data + "/vault.next"
            try? FileManager.default.removeItem(atPath: next)
            let segments = try vault.renew(
                as: try VaultKeys(of: new), at: next, state: followed.state, now: time)
            try DurableFile.write(try Passwd.seal(new, secret), to: home.data + "/identity.next")
            // Nothing is left to check: the sheet comes last before the files change places.
            try RecoverySheetPage.write(new, pin: pin, to: sheet) { try Self.swap(home, next: next) }
            try DurableFile.synchronizeDirectory(home.data)
            for old in ["vault.old", "identity.old"] {
                try? FileManager.default.removeItem(atPath: "\(home.data)/\(old)")
            }
            if sheet == nil { try await RecoverySheetPage.show(new, pin: pin, home: home, output: output) }
            output.data(
                "rotate", [("segments", .integer(segments))],
                text:
                    "You have a new identity; \(segments) segments are sealed to it. `coffer key enrol` sends the desk "
                    + "new pseudonyms.")
        }

        /// Puts the new vault and its identity in place, and keeps the old ones beside them. All of it, or nothing.
        private static func swap(_ home: Home, next: String) throws {
            let old = home.data + "/vault.old"
            try? FileManager.default.removeItem(atPath: old)
            let steps = [
                (home.identity, home.data + "/identity.old"), (home.vault, old), (next, home.vault),
                (home.data + "/identity.next", home.identity),
            ]
            for (place, step) in steps.enumerated() where rename(step.0, step.1) != 0 {
                for (from, to) in steps[..<place].reversed() { rename(to, from) }
                throw CofferError(
                    .configuration, "The new identity could not be put in place.",
                    hint: "Nothing was changed. Check the permissions and the space of \(home.data).")
            }
        }
    }
}
