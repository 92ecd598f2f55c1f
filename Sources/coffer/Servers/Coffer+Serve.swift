import ArgumentParser
import Foundation
import Logging
import Sealing
import ServiceLifecycle
import Serving

extension Coffer {
    /// The servers: each is one process, one directory, one key.
    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run a server of the charter.",
            discussion: """
                Each server starts from the signed charter file and its own key, keeps its files in one directory and \
                prints the address it listens on. SIGTERM ends it after the requests under way; SIGHUP makes it load \
                its certificate again.
                """,
            subcommands: [
                ServeLedger.self, Broker.self, ServeWitness.self, Desk.self, All.self, Doctor.self,
                RotateStorageKey.self, RestoreLedger.self,
            ])
    }
}

/// The options of every server.
struct ServeOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The server's own files.", valueName: "folder"))
    var dir: String

    @Option(name: .long, help: ArgumentHelp("Its private key, from `coffer org key new`.", valueName: "file"))
    var key: String

    @Option(name: .long, help: ArgumentHelp("The signed charter.", valueName: "file"))
    var charter: String

    @Option(
        name: .long,
        help: ArgumentHelp("Where to listen; port 0 is any free one.", valueName: "host:port"),
        transform: ServingOptions.address)
    var listen = ListenAddress(host: "127.0.0.1", port: 0)

    @OptionGroup var serving: ServingOptions

    /// The server's folder; created if missing.
    func folder() throws -> String { try ServingOptions.folder(dir) }

    var logger: Logger { serving.logger }

    /// The server, with notices to systemd.
    func run(_ metrics: Metrics) throws -> ServerRun {
        var run = serving.run(at: listen, metrics: metrics, notice: .fromEnvironment)
        run.metricsListener = try serving.listener(["": metrics])
        return run
    }
}
