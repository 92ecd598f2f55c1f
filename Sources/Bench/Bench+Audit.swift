import ArgumentParser
import Audit
import CofferTestKit
import Foundation
import Glibc
import Ledger
import Replica
import Rules
import Sealing

extension Bench {
    struct Audit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replay of a large signed log, against bare Ed25519 verification of the same signatures.")

        @OptionGroup var options: BenchOptions
        @Option(help: "How many entries the log has.") var entries: Int?
        @Option(help: "The `coffer` binary, for the commands of an auditor.") var coffer: String?
        @Flag(help: "Replay alone.") var onlyReplay = false
        @Flag(help: "The commands of an auditor alone.") var onlyCommands = false

        func run() async throws {
            let count = entries ?? (options.quick ? 4_000 : 100_000)
            var report = BenchReport(bench: "audit", isQuick: options.quick)
            if !onlyCommands {
                for growth in [LargeLog.Growth.steady, .people] { try await replay(of: count, growth, into: &report) }
            }
            if !onlyReplay, !onlyCommands {
                try await memory(of: count, into: &report)
                try await laptop(count, try await log(count, .people), into: &report)
            }
            if let coffer, !onlyReplay {
                try auditor(count, try await log(count, .people), coffer: coffer, into: &report)
            }
            report.print(json: options.json)
        }

        /// With the same people, nearly all work is checking signatures. Each person who joins brings a key, and a
        /// replay checks that it is in the prime-order subgroup: this costs three quarters of a signature check, and
        /// bare verification does not do it.
        private func replay(of count: Int, _ growth: LargeLog.Growth, into report: inout BenchReport) async throws {
            let directory = try await log(count, growth)
            let bare = try BareVerification(TileDirectory(path: directory), count: count)
            var (ours, theirs): ([Spent], [Spent]) = ([], [])
            for _ in 0..<(options.rounds ?? (options.quick ? 1 : 5)) {
                theirs.append(try await Spent.by { try await bare.run() })
                ours.append(
                    try await Spent.by {
                        let source = DirectorySource(TileDirectory(path: directory))
                        let pin = Pin(origin: LargeLog.origin, charterHash: LargeLog.charter.hash, ledgerURL: "")
                        let replayed = try await Auditor(pin: pin, source: source).replay(retention: .needed)
                        guard replayed.checkpoint.size == UInt64(count) else {
                            throw BenchError("the replay ended early")
                        }
                    })
            }
            let figure = Figure(
                "entries replayed, \(Self.name(growth))", "1/s", ours.map { Double(count) / $0.wall },
                against: "bare Ed25519, same signatures", theirs.map { Double(count) / $0.wall },
                goal: growth == .steady ? .atLeast(0.8) : nil)
            report.figures.append(figure)
            report.figures.append(
                Figure(
                    "  by processor time alone", "1/s", ours.map { Double(count) / $0.processor },
                    against: "bare by processor time", theirs.map { Double(count) / $0.processor }))
            report.fields.append(
                (growth == .steady ? "shareOfBareVerify" : "shareOfBareVerifyWithPeople", figure.ratio?.median ?? .nan))
            report.notes.append(
                "With \(Self.name(growth)), \(bare.count) signatures in \(count) entries, on all cores; bare is "
                    + "libsodium's verify alone.")
        }

        private static func name(_ growth: LargeLog.Growth) -> String {
            growth == .steady ? "the same people" : "more people"
        }

        /// A follower's memory after a log and after one ten times as long, with the same people and with ten times as
        /// many people.
        private func memory(of count: Int, into report: inout BenchReport) async throws {
            for growth in [LargeLog.Growth.steady, .people] {
                let name = Self.name(growth)
                var most: [Double] = []
                var end: [String: Double] = [:]
                for size in [count / 10, count] {
                    end = try followed(
                        log: try await log(size, growth), into: options.directory + "/followed-\(size)-\(growth)")
                    most.append(end["most"] ?? .nan)
                }
                let sizes = [count / 10, count].map { number(Double($0)) }
                report.figures.append(
                    Figure(
                        "memory of a follower, \(sizes[1]) entries, \(name)", "MB", [most[1] / 1e6],
                        against: "\(sizes[0]) entries", [most[0] / 1e6],
                        // With a short log the memory is mostly the process's own, so it shows nothing.
                        goal: growth == .steady && !options.quick ? .atMost(1.1) : nil))
                let slope = (most[1] - most[0]) / Double(count - count / 10)
                report.figures.append(Figure("  growth an entry", "bytes", [slope]))
                report.fields.append((growth == .steady ? "bytesAnEntry" : "bytesAnEntryWithPeople", slope))
                let held = end.mapValues { number($0) }
                report.notes.append(
                    "At the end, with \(name), the state holds \(held["pseudonyms"] ?? "") pseudonyms, "
                        + "\(held["consents"] ?? "") consents, \(held["releases"] ?? "") releases of live grants and "
                        + "\(held["identities"] ?? "") identities.")
            }
        }

        /// How long a new laptop takes to follow the ledger.
        private func laptop(_ count: Int, _ log: String, into report: inout BenchReport) async throws {
            let laptop = try await NewLaptop(log: log, count: count, directory: options.directory + "/laptop")
            var (begun, replayed): ([Spent], [Spent]) = ([], [])
            for _ in 0..<(options.rounds ?? (options.quick ? 1 : 3)) {
                replayed.append(try await laptop.follow(beginning: false))
                begun.append(try await laptop.follow(beginning: true))
            }
            let size = number(Double(count))
            report.figures.append(
                Figure(
                    "a new laptop: first follow of \(size) entries from brokers' states", "s", begun.map(\.wall),
                    against: "the same by a replay", replayed.map(\.wall)))
            report.notes.append(
                "The brokers signed a day of the log and less before its end; the snapshot has "
                    + "\(number(Double(laptop.snapshotBytes))) bytes. No network: files and functions.")
        }

        /// A large log of that size, written once.
        private func log(_ count: Int, _ growth: LargeLog.Growth) async throws -> String {
            let directory = options.directory + "/log-\(count)-\(growth)"
            if !FileManager.default.fileExists(atPath: directory + "/checkpoint") {
                try await LargeLog(count: count, growth: growth).write(to: directory)
            }
            return directory
        }
    }
}

/// The reason why a bench could not run, as a sentence.
struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The time that a piece of work took.
struct Spent {
    /// Seconds of wall-clock time.
    let wall: Double
    /// Processor seconds of this process on all cores; other processes change this little.
    let processor: Double

    static func by(_ body: () async throws -> Void) async rethrows -> Spent {
        func processor() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let clock = ContinuousClock()
        let (start, before) = (clock.now, processor())
        try await body()
        return Spent(wall: (clock.now - start) / .seconds(1), processor: processor() - before)
    }
}

/// Only libsodium's verification of every signature of a log, on all cores: the limit of any replay.
struct BareVerification: Sendable {
    private struct Signed: Sendable {
        let key: VerifyingKey
        let text: Bytes
        let signature: Bytes
    }

    private let signed: [Signed]
    var count: Int { signed.count }

    init(_ directory: TileDirectory, count: Int) throws {
        var signed: [Signed] = []
        for bundle in 0..<UInt64((count + 255) / 256) {
            for bytes in try directory.entries(bundle: bundle, width: min(256, count - Int(bundle) * 256)) {
                let note = try SignedNote(parsing: Entry(parsing: bytes).note)
                for line in note.signatures {
                    signed.append(
                        Signed(key: try VerifyingKey(hex: line.name), text: note.text, signature: line.signature))
                }
            }
        }
        self.signed = signed
    }

    func run() async throws {
        let good = await withTaskGroup(of: Int.self) { group in
            for start in stride(from: 0, to: signed.count, by: 256) {
                group.addTask {
                    signed[start..<min(start + 256, signed.count)]
                        .count { $0.key.isValid(signature: $0.signature, over: $0.text) }
                }
            }
            return await group.reduce(0, +)
        }
        guard good == signed.count else { throw BenchError("\(signed.count - good) signatures of the log are bad") }
    }
}
