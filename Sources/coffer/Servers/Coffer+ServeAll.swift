import ArgumentParser
import BrokerServer
import DeskServer
import Foundation
import Hummingbird
import Keys
import Ledger
import LedgerServer
import Logging
import Replica
import Rules
import Sealing
import ServiceLifecycle
import Serving
import Synchronization

extension Coffer.Serve {
    /// Runs every server of a charter whose key file is available, in one process, for use on one machine.
    struct All: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run every server of the charter whose key lies in a folder.",
            discussion: """
                Each listens where the charter says. One process that holds the keys of several operators has none of \
                their independence: this is for trying things out, and for the servers of one operator.
                """)

        @Option(name: .long, help: ArgumentHelp("The servers' own files, one folder each.", valueName: "folder"))
        var dir: String

        @Option(name: .long, help: ArgumentHelp("Key files, from `coffer org key new`.", valueName: "folder"))
        var keys: String

        @Option(name: .long, help: ArgumentHelp("The brokers' storage keys, on another medium.", valueName: "folder"))
        var storageKeys: String

        @Option(name: .long, help: ArgumentHelp("The signed charter.", valueName: "file"))
        var charter: String

        @OptionGroup var serving: ServingOptions

        func run() async throws {
            let charter = try CharterFile(readingFrom: charter)
            let keys = try keyFiles()
            guard !keys.isEmpty else {
                throw CofferError(
                    .notFound, "There is no key file in \(self.keys).", hint: "Name their folder with --keys.")
            }
            var servers: [Server] = []
            for key in keys { if let server = try await server(of: key, in: charter) { servers.append(server) } }
            let listener = try serving.listener(
                Dictionary(servers.map { ($0.name, $0.metrics) }, uniquingKeysWith: { first, _ in first }))
            let all = SystemdNotice.fromEnvironment.map { ManyServers(count: servers.count, notice: $0) }
            let gate = StartGate(listeners: servers.count + (listener == nil ? 0 : 1))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, server) in servers.enumerated() {
                    var run = try run(server, told: all)
                    if number == 0 { run.metricsListener = listener }
                    run.gate = gate
                    run.servers = servers.count
                    let ready = run
                    group.addTask { try await ready(server.router(), services: server.services) }
                }
                // When the first server ends, by a signal or an error, all end.
                try await group.next()
                group.cancelAll()
            }
        }

        private func keyFiles() throws -> [OrgKeyFile] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: keys)) ?? []
            let paths = names.sorted().map { "\(keys)/\($0)" }
            // What is no key file, such as a public half, is left out; a key that others can read is refused.
            return try paths.filter { (try? OrgKeyFile(readingFrom: $0)) != nil }.map(ServingOptions.key)
        }

        private var logger: Logger { serving.logger }

        /// One opened server.
        private struct Server: Sendable {
            let name: String
            let url: String
            let metrics: Metrics
            let services: [any Service]
            let router: @Sendable () -> Router<BasicRequestContext>
        }

        private func folder(_ name: String) throws -> String { try ServingOptions.folder("\(dir)/\(name)") }

        /// The server that the charter names for a key; nil if it names none.
        private func server(of key: OrgKeyFile, in charter: CharterFile) async throws
            -> Server?
        {
            let metrics = Metrics()
            let terms = charter.terms
            let note = key.noteKey.publicKey
            switch key.role {
            case .ledger where note == terms.ledgerKey:
                let service = try await LedgerService(
                    directory: try folder("ledger"), key: key.noteKey, charter: charter, metrics: metrics,
                    logger: logger, now: Now.milliseconds)
                return Server(
                    name: "ledger", url: terms.ledgerURL, metrics: metrics,
                    services: [service.stop, service.keeper, service.sequencer]
                ) {
                    let router = Router.answeringFailures()
                    service.addRoutes(to: router)
                    return router
                }
            case .broker:
                guard let broker = terms.brokers.first(where: { $0.noteKey == note }) else { return nil }
                let house = try await BrokerServerContext(
                    directory: try folder(broker.name), key: key, charter: charter,
                    storageKey: "\(storageKeys)/\(broker.name)", logger: logger, now: Now.milliseconds)
                let stop = FatalStop()
                let service = BrokerService(house, stop: stop, logger: logger)
                return Server(name: broker.name, url: broker.url, metrics: metrics, services: [stop, service]) {
                    house.router(stop: stop, metrics: metrics)
                }
            case .witness:
                guard let cosigner = key.cosignerKey,
                    let named = terms.witnesses.first(where: { $0.key == cosigner.publicKey })
                else { return nil }
                let stop = FatalStop()
                let house = try await WitnessServerContext(
                    directory: try folder(named.name), key: cosigner, charter: charter, stop: stop, logger: logger,
                    now: Now.milliseconds)
                return Server(name: named.name, url: named.url, metrics: metrics, services: [stop, house]) {
                    let router = Router.answeringFailures()
                    router.addWitnessRoutes(
                        house.witness, stop: stop, figures: WitnessMetrics(metrics), when: house.isTimely)
                    return router
                }
            case .desk where note == terms.desk.key:
                let desk = try DeskServer.Desk(
                    directory: try folder("desk"), key: key, charter: charter, now: Now.milliseconds)
                let service = DeskService(desk, logger: logger, now: Now.milliseconds)
                desk.read(in: metrics)
                return Server(name: "desk", url: terms.deskURL, metrics: metrics, services: [service]) {
                    desk.router()
                }
            default: return nil
            }
        }

        private func run(_ server: Server, told all: ManyServers?) throws -> ServerRun {
            guard let parts = URL(string: server.url), let host = parts.host, let port = parts.port,
                let address = ListenAddress("\(host):\(port)")
            else {
                throw CofferError(
                    .configuration, "The charter's address \(server.url) has no host and port to listen on.",
                    hint: "Run that server by itself, with --listen.")
            }
            guard parts.scheme == (serving.certificate == nil ? "http" : "https") else {
                throw CofferError(
                    .configuration,
                    "The charter's address \(server.url) does not match the protocol that would be served there.",
                    hint: "With --tls-certificate every address is https, without it http; behind a proxy use --listen."
                )
            }
            return serving.run(at: address, metrics: server.metrics, notice: nil) { all?.isListening() }
        }
    }
}

/// Tells systemd READY when all of several servers listen.
private final class ManyServers: Sendable {
    private let waiting: Atomic<Int>
    private let notice: SystemdNotice

    init(count: Int, notice: SystemdNotice) {
        self.waiting = Atomic(count)
        self.notice = notice
    }

    func isListening() {
        if waiting.subtract(1, ordering: .relaxed).newValue == 0 { notice.send("READY=1") }
    }
}
