import ArgumentParser
import Client
import CofferTestKit
import Files
import Foundation
import Glibc
import Ledger
import Messages
import Replica
import Rules
import Sealing

extension Bench {
    struct Ledger: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Durable, cosigned appends by 1, 16 and 256 clients, against the disk's own syncs.")

        @OptionGroup var options: BenchOptions
        @OptionGroup var servers: ServerOptions

        @Flag(help: "Instead, a steady load by 256 clients for ten minutes, then the most; with --quick a few seconds.")
        var load = false

        @Option(help: "How many appends a second the clients of the steady load send together.")
        var rate = 500

        @Option(help: "How many seconds the steady load lasts.")
        var seconds: Int?

        func run() async throws {
            let organisation = try ServerProcesses(
                directory: options.directory + "/ledger-\(getpid())", storage: servers.storage + "/ledger-\(getpid())",
                binary: servers.coffer, shape: .small)
            try await organisation.start()
            defer { organisation.stop() }
            if load { return try await steadily(organisation) }
            var report = BenchReport(bench: "ledger", isQuick: options.quick)
            let rounds = options.rounds ?? (options.quick ? 1 : 3)
            let sizes = options.quick ? [1: 5, 16: 64, 256: 256] : [1: 60, 16: 1_600, 256: 5_120]
            let people = try await enrol(sizes.values.reduce(0, +) * rounds, organisation)
            let before = organisation.resident("ledger")
            var sent = 0
            for clients in [1, 16, 256] {
                let count = sizes[clients] ?? 0
                var loads: [Load] = []
                var syncs: [Double] = []
                for _ in 0..<rounds {
                    syncs.append(try syncsPerSecond(in: options.directory))
                    let requests = try people[sent..<sent + count].map { person in
                        let revoke = Revoke(origin: Organisation.origin, pseudonym: person.publicKey)
                        let note = try SignedNote.message(revoke.text, by: person)
                        return RawHTTP.request("POST", "/append", body: note.encoded)
                    }
                    sent += count
                    loads.append(
                        try await Load.run(
                            clients: clients, count: count, port: organisation.port("ledger"),
                            request: { requests[$0] },
                            check: { status, body in
                                status == 200
                                    && String(decoding: body, as: UTF8.self).contains(#""verdict":"accepted""#)
                            }))
                }
                let who = "\(clients) client\(clients == 1 ? "" : "s")"
                report.figures.append(
                    Figure(
                        "durable appends, \(who)", "1/s", loads.map(\.rate), against: "fsyncs of this disk a second",
                        syncs))
                report.figures.append(Figure("  submit to cosigned index, p50", "ms", loads.map { $0.percentile(0.5) }))
                report.figures.append(
                    Figure("  submit to cosigned index, p99", "ms", loads.map { $0.percentile(0.99) }))
                report.fields.append(("appendsPerSecond\(clients)", Figure.Spread(loads.map(\.rate)).median))
            }
            report.figures.append(
                Figure(
                    "ledger process, growth an entry", "bytes",
                    [(organisation.resident("ledger") - before) / Double(sent)]))
            report.notes.append(
                "Separate processes of the coffer binary on loopback: a ledger, two brokers and a witness, all cosigning;"
                    + " clients share the machine's cores with them.")
            report.notes.append(
                "Every append is a revoke by another pseudonym: durable, cosigned by a quorum, with its proof.")
            report.print(json: options.json)
        }

        /// Pseudonyms enrolled by the desk, 500 a note.
        private func enrol(_ count: Int, _ organisation: ServerProcesses) async throws -> [SigningKey] {
            let people = (0..<count).map { _ in SigningKey() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for start in stride(from: 0, to: count, by: Enrol.maximumPseudonyms) {
                    let enrol = Enrol(
                        heading: organisation.heading(), charter: organisation.charter.hash,
                        pseudonyms: people[start..<min(start + Enrol.maximumPseudonyms, count)].map(\.publicKey))
                    let note = try organisation.sign(enrol, ["desk"])
                    let ledger = organisation.ledger
                    group.addTask { _ = try await ledger.append(note) }
                }
                try await group.waitForAll()
            }
            return people
        }
    }
}

/// The options for a bench's servers.
struct ServerOptions: ParsableArguments {
    @Option(help: "The coffer binary.") var coffer: String
    @Option(help: "A folder on another medium, for the brokers' storage keys.") var storage: String
}

/// How often per second this disk appends 4 KiB to a file and syncs it: the limit for commits one by one.
func syncsPerSecond(in directory: String, count: Int = 100) throws -> Double {
    let path = "\(directory)/syncs-\(getpid())"
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw BenchError("\(directory) cannot be written") }
    defer {
        close(file)
        unlink(path)
    }
    let block = [UInt8](repeating: 1, count: 4_096)
    let clock = ContinuousClock()
    let start = clock.now
    for _ in 0..<count {
        guard write(file, block, block.count) == block.count, fsync(file) == 0 else {
            throw BenchError("\(directory) cannot be synced")
        }
    }
    return Double(count) / ((clock.now - start) / .seconds(1))
}
