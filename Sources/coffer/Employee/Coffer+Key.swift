import ArgumentParser
import Client
import Files
import Foundation
import Keyholder
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Vault

extension Coffer {
    /// The identity.
    struct Key: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Your identity: show, back up, restore, change the passphrase, renew.",
            subcommands: [Show.self, Backup.self, Restore.self, Passwd.self, Rotate.self, EnrolMore.self])
    }
}

extension Coffer.Key {
    /// Shows the public parts of the identity.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is public of your identity on this machine; nothing secret.")

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let directory = try session.directory()
            let pin = try session.pin()
            let sealing = Hash256(of: try directory.sealingPublicKey().bytes)
            let device = try directory.deviceKey().publicKey
            let consents = try directory.cards().flatMap(\.revokes)
            output.data(
                "key",
                [
                    ("sealing", .string(sealing.hex)), ("device", .string(device.hex)), ("origin", .string(pin.origin)),
                    ("charter", .string(pin.charterHash.hex)), ("ledger", .string(pin.ledgerURL)),
                    ("consents", .array(consents.map { .string($0.pseudonym.hex) })),
                ],
                text: """
                    sealing key  \(sealing.prefix8) (SHA-256)
                    this device  \(device.hash.prefix8)
                    consents     \(consents.map { "\($0.purpose.shown) as \($0.pseudonym.hash.prefix8)" }.joined(separator: ", "))
                    ledger       \(pin.origin.shown) at \(pin.ledgerURL.shown)
                    charter      \(pin.charterHash.hex)
                    """)
        }
    }

    /// Shows the recovery sheet again.
    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the recovery sheet; asks for the passphrase.",
            discussion:
                "On a terminal only, while a running agent discards the screen; or into a file with --sheet.")

        @Option(name: .long, help: ArgumentHelp("Write it there (mode 0600) instead.", valueName: "file"))
        var sheet: String?

        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let pin = try session.pin()
            guard sheet != nil || (isatty(STDOUT_FILENO) == 1 && !output.json) else {
                throw CofferError(
                    .usage, "The recovery sheet is shown on a terminal only.",
                    hint: "Run this on a terminal, or give --sheet FILE.")
            }
            let seed = try await session.identity(passphrase)
            if let sheet {
                try RecoverySheetPage.write(seed, pin: pin, to: sheet)
                output.data("backup", [("file", .string(sheet))], text: "The recovery sheet is in \(sheet).")
            } else {
                try await RecoverySheetPage.show(seed, pin: pin, home: session.home, output: output)
            }
        }
    }

    /// Changes the passphrase of the identity.
    struct Passwd: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the passphrase.",
            discussion: """
                The identity does not change: anyone with an old copy of the identity file and the old passphrase can \
                open that copy for ever. After a leak of both, `coffer key rotate` makes a new identity.
                """)

        @Option(name: .long, help: ArgumentHelp("Read the new passphrase from this file.", valueName: "path"))
        var newPassphraseFile: String?

        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let seed = try await session.identity(passphrase)
            var new = passphrase
            new.passphraseFile = newPassphraseFile
            let secret = try await new.readNew(home: session.home)
            try DurableFile.write(try Self.seal(seed, secret), to: session.home.identity)
            output.data("passwd", [("changed", true)], text: "The passphrase is changed.")
        }

        static func seal(_ seed: borrowing IdentitySeed, _ secret: borrowing SecretMemory) throws -> Bytes {
            do { return try IdentityFile.seal(seed, passphrase: secret) } catch {
                throw CofferError(
                    .configuration, "The identity cannot be sealed: this needs 128 MiB of free memory.")
            }
        }
    }

    /// Sends more pseudonyms to the desk.
    struct EnrolMore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "enrol", abstract: "Give the desk more pseudonyms, with a single-use token.")

        @Option(name: .long, help: ArgumentHelp("The desk's token.", valueName: "file"))
        var tokenFile: String

        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let programme = try session.programme()
            let token = try EnrolmentToken.read(tokenFile)
            let state = try await programme.follow().state
            let seed = try await session.identity(passphrase)
            // The first eight that are not in the ledger; sending the same ones again is harmless.
            var keys: [SigningKey] = []
            var number: UInt32 = 0
            while keys.count < Int(Coffer.Init.pseudonyms) {
                let key = seed.pseudonym(number)
                if state.pseudonyms[key.publicKey]?.enrolled == nil { keys.append(key) }
                number += 1
            }
            try await programme.desk(state).enrol(
                Enrolment(
                    origin: programme.pin.origin, charter: programme.pin.charterHash, token: token, keys: keys))
            output.data(
                "enrol", [("pseudonyms", .integer(keys.count))],
                text: "The desk has \(keys.count) more of your pseudonyms; it logs them together with those of others.")
        }
    }
}
