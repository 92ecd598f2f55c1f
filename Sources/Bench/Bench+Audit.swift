import ArgumentParser
import Audit
import Client
import CofferTestKit
import Foundation
import Ledger
import Rules
import Sealing

extension Bench {
    struct Audit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replay of a large signed log, against bare Ed25519 verification of the same signatures.")

        @OptionGroup var options: BenchOptions
        @Option(help: "How many entries the log has.") var entries: Int?

        func run() async throws {
            let count = entries ?? (options.quick ? 4_000 : 100_000)
            let folder = try await log(count)
            var report = Report(bench: "audit", isQuick: options.quick)
            let bare = try BareVerification(TileDirectory(path: folder), count: count)
            var (ours, theirs): ([Double], [Double]) = ([], [])
            for _ in 0..<(options.rounds ?? (options.quick ? 1 : 5)) {
                theirs.append(try await seconds { try await bare.run() })
                ours.append(
                    try await seconds {
                        let source = DirectorySource(TileDirectory(path: folder))
                        let pin = Pin(origin: LargeLog.origin, charterHash: LargeLog.charter.hash, ledgerURL: "")
                        let replayed = try await Auditor(pin: pin, source: source).replay(retention: .needed)
                        guard replayed.head.size == UInt64(count) else { throw BenchError("the replay ended early") }
                    })
            }
            let figure = Figure(
                "entries replayed", "1/s", ours.map { Double(count) / $0 }, against: "bare Ed25519, same signatures",
                theirs.map { Double(count) / $0 }, goal: .atLeast(0.8))
            report.figures.append(figure)
            report.fields.append(("shareOfBareVerify", figure.ratio?.median ?? .nan))
            report.notes.append(
                "\(bare.count) signatures in \(count) entries, on all cores; bare is libsodium's verify alone.")
            try await memory(of: count, into: &report)
            report.print(json: options.json)
        }

        /// A follower's memory after a tenth of the entries and after all of them.
        private func memory(of count: Int, into report: inout Report) async throws {
            var most: [Double] = []
            var ends: [[String: Double]] = []
            for size in [count / 10, count] {
                let ended = try followed(log: try await log(size), into: options.directory + "/followed-\(size)")
                ends.append(ended)
                most.append(ended["most"] ?? .nan)
                report.figures.append(
                    Figure("memory of a follower, \(number(Double(size))) entries", "MB", [(most.last ?? .nan) / 1e6]))
            }
            let slope = (most[1] - most[0]) / Double(count - count / 10)
            report.figures.append(Figure("  growth an entry", "bytes", [slope]))
            report.fields.append(("bytesAnEntry", slope))
            let end = ends[1].mapValues { number($0) }
            report.notes.append(
                "At its end the state holds \(end["pseudonyms"] ?? "") pseudonyms, \(end["consents"] ?? "") consents, "
                    + "\(end["releases"] ?? "") releases of live grants and \(end["identities"] ?? "") identities.")
        }

        /// A large log of that size, written once.
        private func log(_ count: Int) async throws -> String {
            let folder = options.directory + "/log-\(count)"
            if !FileManager.default.fileExists(atPath: folder + "/checkpoint") {
                try await LargeLog(count: count).write(to: folder)
            }
            return folder
        }
    }
}

/// A sentence about a bench that could not be run.
struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func seconds(_ body: () async throws -> Void) async rethrows -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    try await body()
    return (clock.now - start) / .seconds(1)
}

/// libsodium's verification of every signature of a log, on all cores, and nothing else: the limit of any replay.
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
