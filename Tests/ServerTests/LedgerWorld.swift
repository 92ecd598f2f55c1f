import CofferTestKit
import Files
import Hummingbird
import HummingbirdTesting
import Ledger
import Logging
import Messages
import Replica
import Rules
import Sealing
import ServiceLifecycle
import Serving
import Testing

@testable import LedgerServer

/// A ledger's server without sockets: its cosigners are real witnesses, reached by function calls that a test can cut.
final class LedgerWorld: Sendable {
    let clock = ManualClock(Scenario.noon)
    /// The ledger's; every witness has its own.
    let disk = SimulatedDisk()
    let scenario: Scenario
    /// By URL.
    let witnesses: [String: Witness]
    /// On which every cosigner answers.
    let network: ScriptedTransport

    init(change: (inout CharterTerms) -> Void = { _ in }) throws {
        scenario = Scenario(change: change)
        let ledger = try #require(scenario.terms.ledgerNoteKey(origin: Scenario.origin))
        var witnesses: [String: Witness] = [:]
        let names =
            scenario.terms.brokers.map { ("cosigner " + $0.name, $0.url) }
            + scenario.terms.witnesses.map { ($0.name, $0.url) }
        for (name, url) in names {
            witnesses[url] = try Witness(
                key: Scenario.key(name), logs: [Scenario.origin: [ledger]], directory: name, files: SimulatedDisk(),
                now: clock.read)
        }
        self.witnesses = witnesses
        network = ScriptedTransport(witnesses: witnesses)
    }

    /// A process: opens what is on the disk.
    func service(
        pooling: Duration = .milliseconds(1), transport: (any HTTPTransport)? = nil, in directory: String = "ledger",
        on disk: (any FileSystem)? = nil, now: (@Sendable () -> Milliseconds)? = nil
    ) async throws -> LedgerService {
        var settings = Sequencer.Settings()
        settings.pooling = pooling
        settings.retryInterval = 0
        return try await LedgerService(
            directory: directory, key: Scenario.key("ledger"), charter: CharterFile(parsing: scenario.charterNote),
            transport: transport ?? network, settings: settings, files: disk ?? self.disk,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: now ?? clock.read)
    }

    /// Cuts the first cosigners off.
    func cut(_ count: Int) { network.cut(witnesses.keys.sorted().prefix(count).map { $0 + "/" }) }

    var policy: CheckpointPolicy {
        get throws { try #require(scenario.terms.checkpointPolicy(origin: Scenario.origin)) }
    }

    /// Runs a body against the routes.
    func serve(_ body: @Sendable (any TestClientProtocol, LedgerService) async throws -> Void) async throws {
        let service = try await service()
        let router = Router.answeringFailures()
        service.addRoutes(to: router)
        let application = Application(router: router, services: [service.sequencer])
        try await application.test(.router) { try await body($0, service) }
    }
}

extension ScriptedTransport {
    /// A network on which these witnesses answer, by their URLs.
    convenience init(witnesses: [String: Witness]) {
        self.init()
        for (url, witness) in witnesses { serve(witness, at: url) }
    }

    /// From now on this witness answers at this URL.
    func serve(_ witness: Witness, at url: String) {
        route(url + "/") { request in
            if let body = request.body {
                guard request.path == "add-checkpoint", let reply = try? witness.addCheckpoint(body) else {
                    return nil
                }
                return HTTPReply(status: reply.status, body: reply.body)
            }
            guard request.path.hasSuffix("/checkpoint"), request.path.count == 64 + 11 else { return .file(nil) }
            return .file(witness.checkpoint(under: String(request.path.prefix(64))))
        }
    }

    /// From now on the server at this URL also has the files of a log.
    func serve(_ log: TileDirectory, at url: String) {
        route(url + "/checkpoint") { _ in .file((try? log.checkpoint()) ?? nil) }
        route(url + "/tile/") { request in .file(TilePath(parsing: request.path).flatMap { try? log.read($0) }) }
        route(url + "/charters/") { request in
            let number = request.path.split(separator: "/").dropFirst().first.flatMap { Int($0) }
            return .file(number.flatMap { (try? log.handover(charter: $0)) ?? nil })
        }
    }
}
