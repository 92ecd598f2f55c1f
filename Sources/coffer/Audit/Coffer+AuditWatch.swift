import ArgumentParser
import Audit
import Foundation
import Ledger
import Logging
import Replica
import Sealing
import ServiceLifecycle
import Serving
import Synchronization
import UnixSignals

/// Monitors a log: one round with `--once` (for cron), else until it is stopped.
struct AuditWatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Watch a log: forks, freshness, what brokers and jobs owe.",
        discussion: """
            Follows the log, and compares the checkpoints that the ledger, every broker and every witness serve. It \
            remembers what it has followed: a log that goes back between two runs is caught, and evidence kept. \
            Without --once it prints a line at each change until SIGTERM, and exits 65 at once when somebody signed \
            what cannot be true. With --once: 0 all is well, 1 warnings, 65 a fork or tampering, 75 not reachable or \
            not fresh.
            """)

    @Argument(help: ArgumentHelp("The ledger; by default COFFER_LEDGER, then the charter's.", valueName: "url"))
    var url: String?

    @Flag(name: .long, help: "One round, and its exit code.")
    var once = false

    @Option(name: .long, help: ArgumentHelp("How often.", valueName: "time"))
    var interval = DurationArgument(milliseconds: 60_000)

    @Option(name: .long, help: ArgumentHelp("Watch this broker only; can be given several times.", valueName: "url"))
    var broker: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("How long brokers may take to destroy what was revoked.", valueName: "time"))
    var destroyedWithin = DurationArgument(milliseconds: 3_600_000)

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The greatest age of cosignatures, if stricter than in the charter.", valueName: "time"))
    var freshWithin: DurationArgument?

    @Option(
        name: .long,
        help: ArgumentHelp("Where the log is mirrored; by default among this user's state.", valueName: "folder"))
    var mirror: String?

    @OptionGroup var pinned: PinOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let charter = try pinned.file()
        let memory = AuditMemory(home: try Home(), pin: charter.pin)
        let folder = mirror ?? memory.mirror
        let follower = Follower(
            of: charter.pin,
            in: FollowerStorage(
                LedgerDirectory(TileDirectory(path: folder)), in: folder, snapshots: memory.snapshots), now: nil)
        var settings = Watch.Settings()
        settings.destruction = destroyedWithin.milliseconds
        settings.freshness = freshWithin?.milliseconds ?? .max
        let ledger = url ?? PinnedCharter.ledgerURL(charter.pin)
        let brokers = broker.isEmpty ? nil : broker
        let origin = charter.origin
        let watch = Watch(
            follower, terms: charter.terms, settings: settings,
            servers: { WatchedServer.all($0, origin: origin, ledger: ledger, brokers: brokers) },
            now: Now.milliseconds)
        let report = WatchReport(output: output, history: CheckpointHistory(beside: folder))
        if once {
            try report.end(report.say(await watch.round(), await follower.followed?.checkpoint, isFirst: true))
        } else {
            try await stay(watch, follower, report)
        }
    }

    /// Runs rounds until SIGTERM or SIGINT.
    private func stay(_ watch: Watch, _ follower: Follower, _ report: WatchReport) async throws {
        let interval = Duration(interval.milliseconds)
        let service = WatchService {
            var isFirst = true
            while !Task.isCancelled {
                let level = try report.say(
                    await watch.round(), await follower.followed?.checkpoint, isFirst: isFirst)
                if level == .tampering { try report.end(level) }
                try Output.check()
                isFirst = false
                try? await Task.sleep(for: interval)
            }
        }
        try await ServiceGroup(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: .server(level: .error, format: .text)
        ).run()
    }
}

/// Runs until SIGTERM or SIGINT.
private struct WatchService: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws { try await cancelWhenGracefulShutdown { try await body() } }
}

/// Prints each round's findings: all of them in the first round, then only changes.
private final class WatchReport: Sendable {
    private let output: OutputOptions
    private let history: CheckpointHistory
    private let last = Mutex<(findings: [WatchFinding], worst: WatchFinding?)>(([], nil))

    init(output: OutputOptions, history: CheckpointHistory) {
        self.output = output
        self.history = history
    }

    @discardableResult
    func say(_ round: WatchRound, _ checkpoint: VerifiedCheckpoint?, isFirst: Bool) throws -> WatchFinding.Level {
        if let checkpoint { try history.add(checkpoint) }
        let before = last.withLock { last in
            defer { last = (round.findings, round.findings.max { $0.level < $1.level }) }
            return last.findings
        }
        let known = Set(before.map(Key.init))
        for finding in round.findings where !known.contains(Key(finding)) { line(finding, round) }
        let left = Set(round.findings.map(Key.init))
        for finding in before where !left.contains(Key(finding)) {
            line(WatchFinding(.ok, finding.rule, finding.subject, "Over: \(finding.message)"), round)
        }
        if isFirst || (!before.isEmpty && round.findings.isEmpty), round.level == .ok {
            line(WatchFinding(.ok, "log", "log", "All is well: \(round.size) entries."), round)
        }
        return round.level
    }

    /// Identifies a finding without its message, because the times in messages change.
    private struct Key: Hashable {
        let level: WatchFinding.Level
        let rule: String
        let subject: String

        init(_ finding: WatchFinding) {
            level = finding.level
            rule = finding.rule
            subject = finding.subject
        }
    }

    private func line(_ finding: WatchFinding, _ round: WatchRound) {
        let now = Now.milliseconds()
        output.data(
            "watch",
            [
                ("time", .string(Output.rfc3339(now))), ("level", .string(finding.level.rawValue)),
                ("rule", .string(finding.rule)), ("subject", .string(finding.subject)),
                ("message", .string(finding.message)), ("size", .integer(Int(clamping: round.size))),
            ] + (round.cosigned.map { [("head", .string(Output.rfc3339($0)))] } ?? []),
            text: "\(Output.utc(now))  \(finding.level.rawValue)  \(finding.rule)  \(finding.subject.shown): "
                + finding.message.shown)
    }

    /// Exits with the code of the worst level.
    func end(_ level: WatchFinding.Level) throws {
        let worst = last.withLock(\.worst)
        switch level {
        case .ok: return
        case .warning: throw ExitCode(level.code)
        case .notFresh, .tampering:
            throw CofferError(
                level == .tampering ? .tampering : .tryLater,
                worst.map { "\($0.subject): \($0.message)" } ?? "The log has a problem.", rule: worst?.rule)
        }
    }
}
