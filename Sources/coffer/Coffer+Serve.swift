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
                Each server starts from the signed charter file and its own key, keeps its files in one directory \
                and prints the address it listens on. SIGTERM ends it after the requests under way.
                """,
            subcommands: [ServeLedger.self, Broker.self, ServeWitness.self, Desk.self, All.self])
    }
}

/// What every server is started with.
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
        transform: { text in
            guard let address = ListenAddress(text) else { throw ValidationError("name it as HOST:PORT") }
            return address
        })
    var listen = ListenAddress(host: "127.0.0.1", port: 0)

    @Option(name: .long, help: ArgumentHelp("What is logged on stderr.", valueName: "level"))
    var logLevel: LogLevel = .warning

    /// The charter's bytes.
    func charterBytes() throws -> Bytes {
        guard let data = FileManager.default.contents(atPath: charter) else {
            throw CofferError(
                .configuration, "There is no charter at \(charter).", hint: "Name the signed charter with --charter.")
        }
        return Array(data)
    }

    /// The server's folder, which exists from here on.
    func folder() throws -> String {
        do {
            try FileManager.default.createDirectory(atPath: dir, withIntermediateDirectories: true)
        } catch {
            throw CofferError(
                .configuration, "The folder \(dir) cannot be made.", hint: "Check its parent's permissions and space.")
        }
        return dir
    }

    var logger: Logger {
        var logger = Logger(label: "coffer") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel.level
        return logger
    }

    /// Prints `listening URL` on stderr once the server does.
    var run: ServerRun { ServerRun(address: listen, logger: logger) { Output.talk("listening \($0)") } }
}

enum LogLevel: String, CaseIterable, ExpressibleByArgument {
    case debug, info, warning, error

    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
