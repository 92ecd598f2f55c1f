import CofferTestKit
import Foundation
import Keys
import Ledger
import Messages
import Rules
import Sealing

extension Bench.Ledger {
    private static let clients = 256

    /// A steady load below what the machine can do and what it leaves behind in the ledger's process; then as much as
    /// the clients can send.
    func steadily(_ organisation: ServerProcesses) async throws {
        let seconds = self.seconds ?? (options.quick ? 5 : 600)
        let syncs = try syncsPerSecond(in: options.directory)
        // Connections and pools are made before the start is measured.
        _ = try await flood(seconds: 1, organisation)
        let before = try await Use(organisation)
        let load = try await Load.run(
            clients: Self.clients, port: organisation.port("ledger"), rate: Double(rate), seconds: seconds,
            request: try dismissal(organisation), check: Self.isAccepted)
        let after = try await Use(organisation)
        let most = try await flood(seconds: options.quick ? 2 : 20, organisation)
        let afterMost = try await Use(organisation)
        let restart = try await restart(organisation)

        var report = BenchReport(bench: "ledger under load", isQuick: options.quick)
        let cores = Double(ProcessInfo.processInfo.activeProcessorCount)
        report.figures = [
            Figure("\(Self.clients) clients send each second", "1/s", [Double(rate)]),
            Figure(
                "  durable appends for \(seconds) s", "1/s", [load.rate], against: "fsyncs of this disk a second",
                [syncs]),
            Figure("  submit to cosigned index, p50", "ms", [load.percentile(0.5)]),
            Figure("  submit to cosigned index, p99", "ms", [load.percentile(0.99)], goal: .atMost(100)),
            Figure("  the longest", "ms", [load.latencies.last ?? .nan]),
            Figure("ledger, memory at the start", "MB", [before.memory / 1e6]),
            Figure("ledger, memory at the end", "MB", [after.memory / 1e6]),
            Figure(
                "  growth an entry", "bytes", [(after.memory - before.memory) / Double(load.latencies.count)]),
            Figure("ledger, descriptors at the start", "", [before.descriptors]),
            Figure("ledger, descriptors at the end", "", [after.descriptors]),
        ]
        report.figures += Self.shares(from: before, to: after, over: load.seconds)
        report.figures += [
            Figure(
                "\(Self.clients) clients send as soon as they are answered", "1/s", [most.rate],
                against: "fsyncs of this disk a second", [syncs]),
            Figure("  submit to cosigned index, p50", "ms", [most.percentile(0.5)]),
            Figure("  submit to cosigned index, p99", "ms", [most.percentile(0.99)]),
        ]
        let shares = Self.shares(from: after, to: afterMost, over: most.seconds)
        report.figures += shares
        report.figures.append(
            Figure("a restart of the ledger, until an append is answered", "s", [restart], goal: .atMost(3)))
        let used = zip(afterMost.processors, after.processors).map { ($0 - $1) / most.seconds }.reduce(0, +)
        report.notes = [
            "Each append dismisses another pseudonym: durable, cosigned by a quorum, with its proof. The state keeps each.",
            "A request that is sent late counts from when it was due.",
            used > 0.8 * cores
                ? "The processor bounds the most: \(number(used)) of \(number(cores)) cores are in use, the clients' too."
                : "Waiting for syncs and cosignatures bounds the most: \(number(used)) of \(number(cores)) cores in use.",
        ]
        report.fields = [
            ("restartSeconds", restart), ("appendsPerSecond", load.rate), ("p99", load.percentile(0.99)),
            ("mostAppendsPerSecond", most.rate),
        ]
        report.print(json: options.json)
    }

    /// The seconds from the start of a new process to an append that it has logged, over what the load has left.
    private func restart(_ organisation: ServerProcesses) async throws -> Double {
        organisation.end("ledger")
        let request = try dismissal(organisation)
        let start = ContinuousClock.now
        try await organisation.start()
        _ = try await Load.run(
            clients: 1, count: 1, port: organisation.port("ledger"), request: { _ in try request() },
            check: Self.isAccepted)
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private static func shares(from before: Use, to after: Use, over seconds: Double) -> [Figure] {
        let cores = Double(ProcessInfo.processInfo.activeProcessorCount)
        let used = zip(after.processors, before.processors).map { ($0 - $1) / seconds }
        return zip(["the ledger", "its cosigners", "the clients"], used).map { name, used in
            Figure("  cores used by \(name), of \(number(cores))", "", [used])
        }
    }

    /// Each client sends its next request after the answer to the last one.
    private func flood(seconds: Int, _ organisation: ServerProcesses) async throws -> Load {
        let end = ContinuousClock.now + .seconds(seconds)
        let request = try dismissal(organisation)
        return try await Load.run(
            clients: Self.clients, port: organisation.port("ledger"), while: { _ in ContinuousClock.now < end },
            request: { _ in try request() }, check: Self.isAccepted)
    }

    /// Makes requests to dismiss another pseudonym each.
    private func dismissal(_ organisation: ServerProcesses) throws -> @Sendable () throws -> [UInt8] {
        let desk = try organisation.key("desk").noteKey
        return {
            let dismiss = Dismiss(origin: Organisation.origin, pseudonyms: [SigningKey().publicKey])
            return RawHTTP.request("POST", "/append", body: try SignedNote.message(dismiss.text, by: desk).encoded)
        }
    }

    @Sendable private static func isAccepted(_ status: Int, _ body: [UInt8]) -> Bool {
        status == 200 && String(decoding: body, as: UTF8.self).contains(#""verdict":"accepted""#)
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
