import ArgumentParser
import Client
import CofferTestKit
import Crypto
import Foundation
import Glibc
import Keys
import Ledger
import Messages
import Replica
import Rules
import Sealing

extension Bench {
    struct Broker: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pages released by one broker over HTTP, against OpenBao's transit and bare HMAC.")

        @OptionGroup var options: BenchOptions
        @OptionGroup var servers: ServerOptions
        @Option(help: "OpenBao's binary; without one there is no peer.") var bao: String?
        @Option(help: "How many clients ask at once.") var clients = 8

        private static let masks = 2

        func run() async throws {
            let directory = options.directory + "/broker-\(getpid())"
            let organisation = try ServerProcesses(
                directory: directory, storage: servers.storage + "/broker-\(getpid())", binary: servers.coffer,
                shape: .usual)
            try await organisation.start()
            defer { organisation.stop() }
            let road = try await ReleasedPages(organisation, people: 10, releases: options.quick ? 1 : 4)
            let peer: OpenBao? =
                if let bao { try await OpenBao(binary: bao, directory: directory + "/bao") } else { nil }
            defer { peer?.stop() }

            var report = BenchReport(bench: "broker", isQuick: options.quick)
            let port = organisation.port("acme-1")
            let few = Ask.usualPositions
            let inSession = try await measure(of: few, peer) { count in
                let requests = try await road.sessions(clients, asks: count / clients, of: few)
                return try await Load.run(port: port, requests: requests, check: { status, _ in status == 200 })
            }
            report.add(inSession, "\(few) an ask in a session", fieldsEnding: "At\(few)")
            for (positions, ending, against) in [(few, "At\(few)Alone", nil), (Ask.maximumPositions, "", peer)] {
                let asks = try await road.asks(of: positions)
                let alone = try await measure(of: positions, against) { [clients] count in
                    try await Load.run(
                        clients: clients, count: count, port: port, request: { asks[$0 % asks.count] },
                        check: { status, _ in status == 200 })
                }
                report.add(alone, "\(positions) an ask alone", fieldsEnding: ending)
            }
            report.notes.append(
                "\(clients) clients ask one broker process, each in a session of its own or with asks that are signed and"
                    + " sealed alone. It judges each at a fresh checkpoint, evaluates two masks a page and seals; answers are"
                    + " checked once before. Messages are sealed before each round.")
            report.notes.append(
                "OpenBao: batches of as many aes256-gcm96 ciphertexts, as many clients, file audit device and raft on this"
                    + " disk; same load generator, same rounds.")
            report.print(json: options.json)
        }

        /// Rates per second, one for each round.
        struct Measured {
            var (ours, theirs, bare, asksTaken): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        }

        private func measure(
            of positions: Int, _ peer: OpenBao?, load: (_ count: Int) async throws -> Load
        ) async throws -> Measured {
            // Use many more asks than clients even in a quick run, because the wait for the last ones is not the
            // broker's rate.
            let count = (options.quick ? 128_000 : 256_000) / positions
            let decryption = try await peer?.decryption(of: positions) ?? []
            var measured = Measured()
            for _ in 0..<(options.rounds ?? (options.quick ? 1 : 5)) {
                measured.bare.append(await barePartials(options.quick ? 100_000 : 1_000_000) / Double(Self.masks))
                let load = try await load(count)
                measured.ours.append(load.rate * Double(positions))
                measured.asksTaken.append(load.percentile(0.5))
                guard let peer else { continue }
                // Half as many, because each takes about ten times as long.
                let other = try await Load.run(
                    clients: clients, count: count / 2, port: peer.port, request: { _ in decryption },
                    check: { status, _ in status == 200 })
                measured.theirs.append(other.rate * Double(positions))
            }
            return measured
        }

        /// HMAC-SHA-256 of an x under k_A, computed by the broker's own code; the rate per second on all cores.
        private func barePartials(_ count: Int) async -> Double {
            let cores = ProcessInfo.processInfo.activeProcessorCount
            let clock = ContinuousClock()
            let start = clock.now
            await withTaskGroup(of: Int.self) { group in
                for _ in 0..<cores {
                    group.addTask {
                        let key = PartialEvaluator(SymmetricKey(size: .bits256))
                        let x = Hash256(of: Bytes())
                        var partials = Bytes()
                        for _ in 0..<count / cores {
                            partials.removeAll(keepingCapacity: true)
                            key.append(x: x, to: &partials)
                        }
                        return partials.count
                    }
                }
                await group.waitForAll()
            }
            return Double(count) / ((clock.now - start) / .seconds(1))
        }
    }
}

extension BenchReport {
    /// The result for one size of asks.
    fileprivate mutating func add(_ measured: Bench.Broker.Measured, _ way: String, fieldsEnding ending: String) {
        let name = "pages released by one broker, \(way)"
        if !measured.theirs.isEmpty {
            let figure = Figure(
                name, "1/s", measured.ours, against: "OpenBao transit, as many keys a batch", measured.theirs,
                goal: .atLeast(10))
            figures.append(figure)
            fields.append(("ratioToOpenBao\(ending)", figure.ratio?.median ?? .nan))
        }
        let share = Figure(name, "1/s", measured.ours, against: "bare HMAC for as many masks", measured.bare)
        figures.append(share)
        figures.append(Figure("  an ask, p50", "ms", measured.asksTaken))
        fields.append(("shareOfBareHMAC\(ending)", share.ratio?.median ?? .nan))
        fields.append(("pagesPerSecond\(ending)", share.value.median))
    }
}
