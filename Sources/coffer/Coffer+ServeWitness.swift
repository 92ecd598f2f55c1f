import ArgumentParser
import Client
import Hummingbird
import Ledger
import Rules
import Sealing
import Serving

extension Coffer.Serve {
    /// An outside witness of the charter's ledger.
    struct ServeWitness: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "witness",
            abstract: "Cosign the ledger's heads as long as it only grows.",
            discussion: """
                A witness keeps one small file, the last head that it cosigned, and must never lose it: restore no \
                backup of it.
                """)

        @OptionGroup var options: ServeOptions

        func run() async throws {
            let charter = try CharterFile(parsing: try options.charterBytes())
            let keyFile = try OrgKeyFile(readingFrom: options.key)
            guard let key = keyFile.cosignerKey else {
                throw CofferError(
                    .configuration, "\(options.key) is a key for a \(keyFile.role.rawValue), not for a witness.",
                    hint: "Name the witness's key file with --key.")
            }
            guard charter.terms.cosigners.contains(NoteKey(cosigner: key.publicKey)),
                let ledger = charter.terms.ledgerNoteKey(origin: charter.origin)
            else {
                throw CofferError(
                    .configuration, "The charter does not name this witness.",
                    hint: "Name the charter that does with --charter.")
            }
            let witness = try open(key, logs: [charter.origin: [ledger]])
            let stop = FatalStop()
            let router = Router()
            router.add(middleware: FailureAnswers())
            let metrics = Metrics()
            router.addWitnessRoutes(witness, stop: stop, figures: WitnessFigures(metrics))
            try await options.run(metrics)(router, services: [stop])
        }

        private func open(_ key: SigningKey, logs: [String: [NoteKey]]) throws -> Witness {
            let folder = try options.folder()
            do throws(Witness.Failure) {
                return try Witness(key: key, logs: logs, directory: folder, now: Now.milliseconds)
            } catch {
                throw CofferError(opening: error, folder: folder)
            }
        }
    }
}

extension CofferError {
    /// A witness's store that cannot be opened, as a sentence.
    init(opening error: Witness.Failure, folder: String) {
        switch error {
        case .file(let error):
            self.init(.configuration, "The witness's folder \(folder) cannot be used: \(error).")
        case .corrupt:
            self.init(
                .tampering, "The stored head in \(folder) is not one that this key cosigned.",
                hint: "Use the folder and the key that belong together; never an older copy of either.")
        }
    }
}
