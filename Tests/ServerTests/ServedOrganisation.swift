import Broker
import BrokerServer
import Client
import CofferTestKit
import DeskServer
import Foundation
import Hummingbird
import Keys
import Ledger
import LedgerServer
import Logging
import Messages
import Replica
import Rules
import Sealing
import Serving

extension Organisation {
    static let brokerNames = World.brokers
    static let witnessNames = ["north", "south"]

    static func demo(now: Milliseconds) throws -> Organisation {
        var shape = Shape()
        shape.witnesses = witnessNames
        return try Organisation(shape, now: now, terms: { $0.demo = true })
    }
}

/// Every server of an organisation, over routers, in one folder that goes with it.
final class ServedOrganisation: Sendable {
    let organisation: Organisation
    let transport = ScriptedTransport()
    let directory: String
    let houses: [String: BrokerServerContext]
    let ledger: LedgerService
    let desk: Desk
    let stop = FatalStop()
    private let logger: Logger
    private let metrics: [String: Metrics]
    private let witnesses: [String: Witness]

    static let now: @Sendable () -> Milliseconds = { Milliseconds(clamping: Date().timeIntervalSince1970 * 1_000) }

    init(logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) async throws {
        self.logger = logger
        let organisation = try Organisation.demo(now: Self.now())
        self.organisation = organisation
        let directory = NSTemporaryDirectory() + "coffer-servers-\(UInt64.random(in: 0 ... .max))"
        self.directory = directory
        func make(_ name: String) throws -> String {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
            return "\(directory)/\(name)"
        }
        var houses: [String: BrokerServerContext] = [:]
        _ = try make("storage")
        for name in Organisation.brokerNames {
            houses[name] = try await BrokerServerContext(
                directory: try make(name), key: try organisation.key(name), charter: organisation.charter,
                storageKey: "\(directory)/storage/\(name)", transport: transport, logger: logger, now: Self.now)
        }
        self.houses = houses
        let origin = Organisation.origin
        guard let ledgerKey = organisation.charter.terms.ledgerNoteKey(origin: origin) else {
            throw CofferError(.bug, "no ledger key")
        }
        var witnesses: [String: Witness] = [:]
        for name in Organisation.witnessNames {
            guard let key = try organisation.key(name).cosignerKey else { throw CofferError(.bug, name) }
            witnesses[name] = try Witness(
                key: key, logs: [origin: [ledgerKey]], directory: try make(name), now: Self.now)
        }
        self.witnesses = witnesses
        let metrics = Dictionary(
            uniqueKeysWithValues: (["ledger", "desk"] + Organisation.brokerNames + Organisation.witnessNames).map {
                ($0, Metrics())
            })
        self.metrics = metrics
        var settings = Sequencer.Settings()
        settings.pooling = .milliseconds(5)
        settings.retryInterval = 100
        ledger = try await LedgerService(
            directory: try make("ledger"), key: try organisation.key("ledger").noteKey, charter: organisation.charter,
            transport: transport, settings: settings, metrics: metrics["ledger"] ?? Metrics(), logger: logger,
            now: Self.now)
        desk = try Desk(
            directory: try make("desk"), key: try organisation.key("desk"), charter: organisation.charter,
            transport: transport, now: Self.now)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func house(_ name: String) throws -> BrokerServerContext {
        guard let house = houses[name] else { throw CofferError(.bug, name) }
        return house
    }

    /// Opens a broker's house in any folder, with any key of the organisation.
    func open(_ directory: String, _ key: String, storage: String) async throws -> BrokerServerContext {
        try await BrokerServerContext(
            directory: directory, key: try organisation.key(key), charter: organisation.charter, storageKey: storage,
            transport: transport, logger: logger, now: Self.now)
    }

    /// Runs `body` while all of them answer and the ledger publishes.
    func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let ledgerRouter = Router.answeringFailures()
        ledger.addRoutes(to: ledgerRouter)
        var servers: [(String, any ApplicationProtocol & Sendable)] = [
            ("ledger", Application(router: ledgerRouter)), ("desk", Application(router: desk.router())),
        ]
        for (name, house) in houses { servers.append((name, Application(router: house.router(stop: stop)))) }
        for (name, witness) in witnesses {
            let router = Router.answeringFailures()
            router.addWitnessRoutes(witness, stop: stop) { _ in true }
            servers.append((name, Application(router: router)))
        }
        try await transport.serving(servers) {
            let sequencer = Task { try await self.ledger.sequencer.run() }
            defer { sequencer.cancel() }
            try await self.published()
            try await body()
        }
    }

    /// Where its servers and their figures are reached.
    struct Sockets: Sendable {
        let urls: [String: String]
        let metrics: [String: String]
    }

    /// As `run`, but every server listens on a port of this machine, as in a process of its own.
    func runOverSockets(_ body: @escaping @Sendable (Sockets) async throws -> Void) async throws {
        typealias Maker = @Sendable () -> Router<BasicRequestContext>
        desk.read(in: metrics["desk"] ?? Metrics())
        var routers: [(String, Maker)] = [
            (
                "ledger",
                {
                    let router = Router.answeringFailures()
                    self.ledger.addRoutes(to: router)
                    return router
                }
            ), ("desk", { self.desk.router() }),
        ]
        for (name, house) in houses {
            let figures = metrics[name] ?? Metrics()
            routers.append((name, { house.router(stop: self.stop, metrics: figures) }))
        }
        for (name, witness) in witnesses {
            let figures = WitnessMetrics(metrics[name] ?? Metrics())
            routers.append(
                (
                    name,
                    {
                        let router = Router.answeringFailures()
                        router.addWitnessRoutes(witness, stop: self.stop, figures: figures) { _ in true }
                        return router
                    }
                ))
        }
        try await listen(routers[...], Sockets(urls: [:], metrics: [:])) { sockets in
            self.transport.serve(at: sockets.urls)
            let sequencer = Task { try await self.ledger.sequencer.run() }
            defer { sequencer.cancel() }
            try await self.published()
            try await body(sockets)
        }
    }

    private func listen(
        _ routers: ArraySlice<(String, @Sendable () -> Router<BasicRequestContext>)>, _ sockets: Sockets,
        _ body: @escaping @Sendable (Sockets) async throws -> Void
    ) async throws {
        guard let (name, router) = routers.first else { return try await body(sockets) }
        let rest = routers.dropFirst()
        let figures = metrics[name] ?? Metrics()
        let (told, tell) = AsyncStream.makeStream(of: String.self)
        try await RunningServer.serve(router(), logger: logger) { run in
            run.metrics = figures
            run.metricsListener = try MetricsListener(
                address: ListenAddress(host: "127.0.0.1", port: 0), metrics: ["": figures]
            ) { tell.yield($0) }
        } _: { server in
            var listening = told.makeAsyncIterator()
            let url = await listening.next()
            let more = Sockets(
                urls: sockets.urls.merging([name: server.url]) { $1 },
                metrics: sockets.metrics.merging(url.map { [name: $0] } ?? [:]) { $1 })
            try await self.listen(rest, more, body)
        }
    }

    /// Waits until the ledger serves a checkpoint.
    private func published() async throws {
        try await waitUntil("the ledger publishes") {
            try await self.transport.get("http://ledger/checkpoint", atMost: 1 << 16).status == 200
        }
    }

    func client(_ name: String) throws -> BrokerClient {
        let key = try organisation.key(name).publicKey
        guard let sealing = key.sealing else { throw CofferError(.bug, name) }
        return BrokerClient(
            url: key.url, origin: Organisation.origin, key: key.noteKey, sealing: sealing, transport: transport)
    }

    var ledgerClient: LedgerClient {
        LedgerClient(
            url: "http://ledger",
            policy: organisation.charter.terms.checkpointPolicy(origin: Organisation.origin), transport: transport)
    }
}
