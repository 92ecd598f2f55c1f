import ArgumentParser
import Client
import Files
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Vault

extension Coffer {
    /// Pins the charter and creates the identity. Capture stays off.
    struct Init: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read and pin the charter, make your identity, show the recovery sheet.",
            discussion: """
                Capture stays OFF until you turn it on. With --token-file eight pseudonyms are sent to the desk, \
                which logs them once a day together with those of others.
                """)

        /// The number of pseudonyms sent to the desk at once.
        static let pseudonyms: UInt32 = 8

        @Argument(help: ArgumentHelp("The signed charter, or the ledger that serves it.", valueName: "url|file"))
        var charter: String

        @Option(name: .long, help: ArgumentHelp("The desk's single-use token.", valueName: "file"))
        var tokenFile: String?

        @Option(
            name: .long,
            help: ArgumentHelp("Write the recovery sheet there (mode 0600) instead of showing it.", valueName: "file"))
        var sheet: String?

        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let home = session.home
            try home.requireShortSockets()
            try home.create()
            // From the first check to the end, so that the sheet is that of the vault.
            let lock = try VaultLock.take(home.vaultLock, as: .initialize)
            defer { lock.release() }
            try home.requireNoIdentity()
            try RecoverySheetPage.requireFree(sheet)
            let charter = try await Self.charter(self.charter)
            let token = try tokenFile.map(EnrolmentToken.read)
            try PinnedCharter.write(charter, home: home)
            describe(charter)
            let seed = try IdentitySeed()
            let secret = try await passphrase.readNew(home: home)
            try Self.create(seed, passphrase: secret, pin: charter.pin, sheet: sheet, home: home)
            if sheet == nil { try await RecoverySheetPage.show(seed, pin: charter.pin, home: home, output: output) }
            if let token { try await enrol(seed, token: token, charter: charter) }
            output.data(
                "init",
                [
                    ("origin", .string(charter.origin)), ("charter", .string(charter.hash.hex)),
                    ("ledger", .string(charter.pin.ledgerURL)), ("capture", "off"),
                    ("pseudonyms", .integer(token == nil ? 0 : Int(Self.pseudonyms))),
                ],
                text: "Pinned \(charter.origin.shown), charter \(charter.hash.prefix8). Capture is off.\n"
                    + "Next: run `coffer capture on --apps APP,…`, and `coffer purposes` to see what you can consent to."
            )
        }

        private func describe(_ charter: CharterFile) {
            let terms = charter.terms
            output.talk("\(charter.origin.shown), charter \(charter.hash.hex)")
            for group in terms.groups {
                let brokers = group.brokers.map { "\($0.name.shown) (\($0.op.shown), \($0.side.rawValue))" }
                output.talk("  brokers \(group.name.shown): \(group.threshold) of \(brokers.joined(separator: ", "))")
            }
            output.talk(
                "  reviewers: "
                    + terms.reviewers.map { "\($0.name.shown) (\($0.side.rawValue))" }.joined(separator: ", "))
            if terms.demo { output.talk("  This is a demonstration: its agents may set their clocks back.") }
        }

        static func charter(_ place: String) async throws -> CharterFile {
            guard place.hasPrefix("http://") || place.hasPrefix("https://") else {
                return try CharterFile(readingFrom: place)
            }
            return try CharterFile(parsing: try await LedgerClient(url: place).charter().encoded)
        }

        /// Pins the charter; does nothing if the same charter is already pinned.
        static func pin(_ pin: Pin, home: Home) throws {
            if let bytes = try DurableFile.read(home.pins, atMost: 4096) {
                guard let old = try? Pin(parsing: bytes), old.charterHash == pin.charterHash,
                    old.origin == pin.origin
                else { throw PinnedCharter.anotherPin }
                return
            }
            try DurableFile.write(pin.encoded, to: home.pins)
        }

        /// The identity is written last: if it exists, its vault and its sheet exist too.
        static func create(
            _ seed: borrowing IdentitySeed, passphrase: borrowing SecretMemory, pin: Pin, sheet: String?, home: Home
        ) throws {
            let keys = try VaultKeys(of: seed)
            let directory = try VaultDirectory.create(at: home.vault, sealing: keys.sealing.publicKey)
            try OpenVault(directory, keys: keys).certifyThisDevice(now: Now.milliseconds())
            let file = try Key.Passwd.seal(seed, passphrase)
            try RecoverySheetPage.write(seed, pin: pin, to: sheet) { try DurableFile.write(file, to: home.identity) }
        }

        private func enrol(_ seed: borrowing IdentitySeed, token: Bytes, charter: CharterFile) async throws {
            let keys = (0..<Self.pseudonyms).map { seed.pseudonym($0) }
            do throws(CofferError) {
                try await DeskClient(url: charter.terms.deskURL).enrol(
                    Enrolment(origin: charter.origin, charter: charter.hash, token: token, keys: keys))
                output.talk(
                    "The desk has \(Self.pseudonyms) of your pseudonyms; it logs them together with those of others.")
            } catch {
                throw CofferError(
                    error.code, "Your identity is made, but the desk did not take your pseudonyms: \(error.message)",
                    rule: error.rule,
                    hint: "Run `coffer key enrol --token-file FILE`; you need not repeat `coffer init`.")
            }
        }
    }
}

/// The desk's single-use token as a file: raw bytes, hex or base64.
enum EnrolmentToken {
    static func read(_ path: String) throws -> Bytes {
        let data = try InputFile.read(path, atMost: 4096)
        if data.count == Enrolment.tokenCount { return data }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let bytes = (try? Hex.decode(text)) ?? (try? Base64.decode(text)) ?? []
        guard bytes.count == Enrolment.tokenCount else {
            throw CofferError(.usage, "The file does not contain a token of the desk.")
        }
        return bytes
    }
}
