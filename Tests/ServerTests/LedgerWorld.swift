import CofferTestKit
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
import Synchronization
import Testing

@testable import LedgerServer

/// A ledger's server without sockets: its cosigners are real witnesses, reached by function calls that a test can cut.
final class LedgerWorld: Sendable {
    let clock = ManualClock(Scenario.noon)
    /// The ledger's; every witness has its own.
    let disk = SimulatedDisk()
    let scenario: Scenario
    let network: Network

    /// The transport to every cosigner, and to what it serves of the log, if it has followed.
    final class Network: HTTPTransport {
        let witnesses: [String: Witness]
        let cut = Mutex<Set<String>>([])
        let logs = Mutex<[String: TileDirectory]>([:])
        /// Whether the ledger takes statements.
        let isLedgerRunning = Mutex(false)

        init(witnesses: [String: Witness]) { self.witnesses = witnesses }

        func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
            guard let host = witnesses.keys.first(where: { url.hasPrefix($0 + "/") }),
                !cut.withLock({ $0.contains(host) })
            else { throw CofferError(.tryLater, "unreachable") }
            let path = url.dropFirst(host.count + 1)
            if path.hasSuffix("/checkpoint"), path.count == 64 + 11 {
                return Self.reply(witnesses[host]?.checkpoint(folder: String(path.prefix(64))))
            }
            guard let log = logs.withLock({ $0[host] }) else { return Self.reply(nil) }
            if path == "checkpoint" { return Self.reply((try? log.checkpoint()) ?? nil) }
            if let tile = TilePath(parsing: String(path)) { return Self.reply(try? log.read(tile)) }
            let number = path.split(separator: "/").dropFirst().first.flatMap { Int($0) }
            return Self.reply(number.flatMap { (try? log.handover(charter: $0)) ?? nil })
        }

        private static func reply(_ body: Bytes?) -> HTTPReply {
            body.map { HTTPReply(status: 200, body: $0) } ?? HTTPReply(status: 404, body: [])
        }

        func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
            if url.hasSuffix("/append"), isLedgerRunning.withLock({ $0 }) { return HTTPReply(status: 400, body: []) }
            let host = url.replacing("/add-checkpoint", with: "")
            guard let witness = witnesses[host], !cut.withLock({ $0.contains(host) }),
                let reply = try? witness.addCheckpoint(body)
            else { throw CofferError(.tryLater, "unreachable") }
            return HTTPReply(status: reply.status, body: reply.body)
        }
    }

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
        network = Network(witnesses: witnesses)
    }

    /// A process: opens what is on the disk.
    func service(
        pooling: Duration = .milliseconds(1), transport: (any HTTPTransport)? = nil, in directory: String = "ledger",
        on disk: SimulatedDisk? = nil
    ) async throws -> LedgerService {
        var settings = Sequencer.Settings()
        settings.pooling = pooling
        settings.retryInterval = 0
        return try await LedgerService(
            directory: directory, key: Scenario.key("ledger"), charter: CharterFile(parsing: scenario.charterNote),
            transport: transport ?? network, settings: settings, files: disk ?? self.disk,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: clock.read)
    }

    /// Cuts the first cosigners off.
    func cut(_ count: Int) { network.cut.withLock { $0 = Set(network.witnesses.keys.sorted().prefix(count)) } }

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
