import ArgumentParser
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
            let directory = try session.directory()
            let state = try await session.programme().follow().state
            let seed = try await session.identity(passphrase)
            let vault = try OpenVault(directory, keys: try VaultKeys(of: seed))
            if session.keyholder.isRunning { try session.keyholder.ask("lock") }
            let lock = try await SyncLock.acquire(directory)
            defer { lock.release() }
            let new = try IdentitySeed()
            let secret = try await passphrase.read("Passphrase for the new identity: ", home: home)
            try RecoverySheetPage.write(new, pin: pin, to: sheet)

            let next = home.data + "/vault.next"
            try? FileManager.default.removeItem(atPath: next)
            let segments = try vault.renew(
                as: try VaultKeys(of: new), at: next, state: state, now: Now.milliseconds())
            try DurableFile.write(try Passwd.seal(new, secret), to: home.data + "/identity.next")
            try Self.swap(home, next: next)
            if sheet == nil { try await RecoverySheetPage.show(new, pin: pin, home: home, output: output) }
            output.data(
                "rotate", [("segments", .integer(segments))],
                text:
                    "You have a new identity; \(segments) segments are sealed to it. `coffer key enrol` sends the desk "
                    + "new pseudonyms.")
        }

        /// The old vault is kept until the new vault and its identity are in place.
        private static func swap(_ home: Home, next: String) throws {
            let old = home.data + "/vault.old"
            try? FileManager.default.removeItem(atPath: old)
            guard rename(home.identity, home.data + "/identity.old") == 0, rename(home.vault, old) == 0,
                rename(next, home.vault) == 0, rename(home.data + "/identity.next", home.identity) == 0
            else {
                throw CofferError(
                    .configuration, "The new identity could not be put in place.",
                    hint: "Nothing is lost: \(home.data) holds the old files as *.old and the new ones as *.next.")
            }
            try DurableFile.synchronizeDirectory(home.data)
            try? FileManager.default.removeItem(atPath: old)
            try? FileManager.default.removeItem(atPath: home.data + "/identity.old")
        }
    }
}
