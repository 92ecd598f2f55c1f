import ArgumentParser
import Hummingbird
import Keys
import LedgerServer
import Replica
import Sealing
import Serving

extension Coffer.Serve {
    /// Runs the ledger, the transparency log of statements.
    struct ServeLedger: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ledger",
            abstract: "Take statements, judge them, have them cosigned, publish them.",
            discussion: """
                Nothing is published without a majority of the charter's cosigners. SIGTERM answers what is queued \
                and ends. If the disk cannot be written, the process ends with a sentence: repair the disk, then start \
                it again.
                """)

        @OptionGroup var options: ServeOptions

        @Option(name: .long, help: "How often an idle checkpoint is cosigned again.")
        var idleInterval = DurationArgument(milliseconds: 60_000)

        func run() async throws {
            let charter = try CharterFile(readingFrom: options.charter)
            let key = try ServingOptions.key(options.key)
            guard key.role == .ledger else {
                throw CofferError(
                    .configuration, "\(options.key) is a key for a \(key.role.rawValue), not for a ledger.",
                    hint: "Name the ledger's key file with --key.")
            }
            var settings = Sequencer.Settings()
            settings.idleInterval = idleInterval.milliseconds
            let metrics = Metrics()
            let service = try await LedgerService(
                directory: try options.folder(), key: key.noteKey, charter: charter, settings: settings,
                metrics: metrics, logger: options.logger, now: Now.milliseconds)
            let router = Router.answeringFailures()
            service.addRoutes(to: router)
            try await options.run(metrics)(router, services: [service.stop, service.keeper, service.sequencer])
        }
    }
}
