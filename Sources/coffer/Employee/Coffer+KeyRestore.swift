import ArgumentParser
import Files
import Foundation
import Glibc
import Keyholder
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Vault

extension Coffer.Key {
    /// Restores the identity and the vault after a laptop is lost.
    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the identity from the recovery sheet, and read back everything that was offered.",
            discussion: """
                The sheet's lower lines say which ledger it is pinned to; give --charter if you have the groups only. \
                This machine becomes a new device, and no earlier one is certified. Revoke what the lost one could \
                still reach: `coffer revoke --all`.
                """)

        @Argument(help: ArgumentHelp("The sheet in a file; without one it is typed.", valueName: "file"))
        var sheet: String?

        @Option(
            name: .long,
            help: ArgumentHelp("The signed charter, if the sheet's lines are not given.", valueName: "url|file"))
        var charter: String?

        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var lake: LakeOption
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext(lake)
            let home = session.home
            try home.requireShortSockets()
            try home.create()
            let lock = try VaultLock.take(home.vaultLock, as: .restore)
            defer { lock.release() }
            try home.requireNoIdentity()
            let given = RecoverySheetPage.parse(try await text(home))
            let seed = try Self.seed(given.groups)
            let pin = try await pin(given.pin)
            try Coffer.Init.pin(pin, home: home)
            let programme = try session.programme(pinned: pin)
            let state = try await programme.follow().state
            let secret = try await passphrase.readNew(home: home)

            // Everything is built next to its final place, so that a crash leaves nothing half restored.
            let unfinished = home.data + "/vault.restoring"
            try? FileManager.default.removeItem(atPath: unfinished)
            let keys = try VaultKeys(of: seed)
            let directory = try VaultDirectory.create(at: unfinished, sealing: keys.sealing.publicKey)
            let vault = try OpenVault(directory, keys: keys)
            try vault.certifyThisDevice(now: Now.milliseconds())
            let restored = try await Restorer(vault, programme: programme).restore(seed, state: state)
            guard rename(unfinished, home.vault) == 0 else {
                throw CofferError(
                    .configuration, "The restored vault cannot be moved to its folder.",
                    hint: "Check that no file or folder is at its place already.")
            }
            try DurableFile.write(try Passwd.seal(seed, secret), to: home.identity)
            say(restored)
        }

        private func say(_ restored: Restorer.Restored) {
            output.data(
                "restore",
                [
                    ("pseudonyms", .integer(restored.pseudonyms)), ("consents", .integer(restored.consents)),
                    ("pages", .integer(restored.pages)), ("segments", .integer(restored.segments)),
                    ("records", .integer(restored.records)), ("missing", .integer(restored.missing)),
                ],
                text: """
                    Restored: \(restored.consents) live consents, \(restored.pages) pages, \(restored.segments) segments \
                    with \(restored.records) records.\
                    \(restored.missing > 0 ? "\n\(restored.missing) pages or bodies are missing or do not open." : "")
                    What was never offered was on the lost machine only.
                    """)
        }

        private func text(_ home: Home) async throws -> String {
            if let sheet {
                return String(decoding: try InputFile.read(sheet, atMost: 65_536), as: UTF8.self)
            }
            guard isatty(STDIN_FILENO) == 1, let terminal = Terminal() else {
                return Self.typed { readLine(strippingNewline: true) }
            }
            return try await AgentPrompt.whileDiscarding(home: home) {
                try terminal.page(
                    "Type the sheet's groups, and its lower lines if you have them; an empty line ends.\n"
                ) { Self.typed { terminal.line() } }
            }
        }

        private static func typed(_ line: () -> String?) -> String {
            var text = ""
            while let line = line(), text.isEmpty || !line.isEmpty, text.utf8.count < 65_536 { text += line + "\n" }
            return text
        }

        private static func seed(_ groups: String) throws -> IdentitySeed {
            do {
                return try RecoverySheet.seed(from: groups)
            } catch .group(let number) {
                throw CofferError(
                    .usage, "Group \(number) of the sheet is mistyped.", rule: "sheet.group",
                    hint: "Compare group \(number) with your sheet, letter by letter.")
            } catch .groups(let count) {
                throw CofferError(
                    .usage, "The sheet has \(RecoverySheet.groupCount) groups; \(count) were given.",
                    rule: "sheet.groups")
            } catch {
                throw CofferError(.configuration, "Memory for the seed cannot be locked.", hint: "Raise `ulimit -l`.")
            }
        }

        /// The pin on the sheet; a charter given with --charter must match it.
        private func pin(_ pinned: Pin?) async throws -> Pin {
            guard let charter else {
                guard let pinned else {
                    throw CofferError(
                        .usage, "The sheet's origin, charter and ledger lines are missing.",
                        hint: "Type them too, or give --charter.")
                }
                return pinned
            }
            let given = try await Coffer.Init.charter(charter).pin
            guard pinned == nil || (pinned?.charterHash == given.charterHash && pinned?.origin == given.origin) else {
                throw CofferError(
                    .tampering, "The charter is not the one on your sheet.", rule: "charter.pin",
                    hint: "Ask the person who gave you the charter.")
            }
            return given
        }
    }
}
