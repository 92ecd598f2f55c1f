import ArgumentParser
import Hummingbird
import Keys
import LedgerServer
import Replica
import Sealing
import Serving

extension Coffer.Serve {
    /// Runs an outside witness of the charter's ledger.
    struct ServeWitness: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "witness",
            abstract: "Cosign the ledger's checkpoints as long as it only grows.",
            discussion: """
                What a witness must never lose is one small file, the last checkpoint that it cosigned: restore no backup of \
                it. It follows the ledger too, so that it knows of an amendment that names another ledger key.
                """)

        @OptionGroup var options: ServeOptions

        func run() async throws {
            let charter = try CharterFile(readingFrom: options.charter)
            let keyFile = try ServingOptions.key(options.key)
            guard let key = keyFile.cosignerKey else {
                throw CofferError(
                    .configuration, "\(options.key) is a key for a \(keyFile.role.rawValue), not for a witness.",
                    hint: "Name the witness's key file with --key.")
            }
            let stop = FatalStop()
            let metrics = Metrics()
            let house = try await WitnessServerContext(
                directory: try options.folder(), key: key, charter: charter, stop: stop, logger: options.logger,
                now: Now.milliseconds)
            let router = Router.answeringFailures()
            router.addWitnessRoutes(
                house.witness, stop: stop, figures: WitnessMetrics(metrics), when: house.isTimely)
            try await options.run(metrics)(router, services: [stop, house])
        }
    }
}
