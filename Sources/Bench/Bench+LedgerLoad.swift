import CofferTestKit
import Foundation
import Keys
import Ledger
import Messages
import Rules
import Sealing

extension Bench.Ledger {
    private static let clients = 256

    /// A steady load, and what it leaves behind in the ledger's process.
    func steadily(_ organisation: ServerProcesses) async throws {
        let seconds = self.seconds ?? (options.quick ? 5 : 600)
        let syncs = try syncsPerSecond(in: options.directory)
        // Connections and pools are made before the start is measured.
        _ = try await send(for: 1, organisation)
        let before = try await Use(organisation)
        let load = try await send(for: seconds, organisation)
        let after = try await Use(organisation)

        var report = BenchReport(bench: "ledger under load", isQuick: options.quick)
        report.figures = [
            Figure(
                "durable appends, \(Self.clients) clients, \(seconds) s", "1/s", [load.rate],
                against: "fsyncs of this disk a second", [syncs]),
            Figure("  submit to cosigned index, p50", "ms", [load.percentile(0.5)]),
            Figure("  submit to cosigned index, p99", "ms", [load.percentile(0.99)], goal: .atMost(100)),
            Figure("ledger, memory at the start", "MB", [before.memory / 1e6]),
            Figure("ledger, memory at the end", "MB", [after.memory / 1e6]),
            Figure(
                "  growth an entry", "bytes", [(after.memory - before.memory) / Double(load.latencies.count)]),
            Figure("ledger, descriptors at the start", "", [before.descriptors]),
            Figure("ledger, descriptors at the end", "", [after.descriptors]),
        ]
        let cores = Double(ProcessInfo.processInfo.activeProcessorCount)
        let shares = zip(after.processors, before.processors).map { ($0 - $1) / load.seconds }
        for (name, share) in zip(["the ledger", "its cosigners", "the clients"], shares) {
            report.figures.append(Figure("cores used by \(name), of \(number(cores))", "", [share]))
        }
        let used = shares.reduce(0, +)
        report.notes = [
            "Each append dismisses another pseudonym: durable, cosigned by a quorum, with its proof. The state keeps each.",
            used > 0.85 * cores
                ? "The processor bounds it: \(number(used)) of \(number(cores)) cores are in use, the clients' among them."
                : "Waiting bounds it, for syncs and cosignatures: \(number(used)) of \(number(cores)) cores are in use.",
        ]
        report.fields = [("appendsPerSecond", load.rate), ("p99", load.percentile(0.99))]
        report.print(json: options.json)
    }

    private func send(for seconds: Int, _ organisation: ServerProcesses) async throws -> Load {
        let desk = try organisation.key("desk").noteKey
        let end = ContinuousClock.now + .seconds(seconds)
        return try await Load.run(
            clients: Self.clients, port: organisation.port("ledger"), while: { _ in ContinuousClock.now < end },
            request: { _ in
                let dismiss = Dismiss(origin: Organisation.origin, pseudonyms: [SigningKey().publicKey])
                return RawHTTP.request(
                    "POST", "/append", body: try SignedNote.message(dismiss.text, by: desk).encoded)
            },
            check: { status, body in
                status == 200 && String(decoding: body, as: UTF8.self).contains(#""verdict":"accepted""#)
            })
    }

    /// What the processes hold and have used.
    private struct Use {
        let memory: Double
        let descriptors: Double
        /// The processor seconds of the ledger, of its cosigners and of the clients.
        let processors: [Double]

        /// Waits until the ledger has seen that the clients are gone.
        init(_ organisation: ServerProcesses) async throws {
            try await Task.sleep(for: .seconds(1))
            memory = organisation.resident("ledger")
            descriptors = organisation.descriptors("ledger")
            processors = [
                organisation.processorSeconds(["ledger"]), organisation.processorSeconds(organisation.cosigners),
                Bench.processorSeconds("self"),
            ]
        }
    }
}
