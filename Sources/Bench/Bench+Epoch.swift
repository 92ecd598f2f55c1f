import ArgumentParser
import Foundation

extension Bench {
    /// Opens a grant with the program itself, as `tools/bench` has prepared it: from a lake that answers at once, and
    /// from one that takes 100 ms for each object.
    struct Epoch: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A job that opens many pages.")

        @Flag(help: "Print one JSON object.") var json = false
        @Flag(help: "A run of seconds, whose figures say little.") var quick = false
        @Option(help: "How often each pair is measured.") var rounds: Int?
        @Option var coffer: String
        @Option(help: "The job's COFFER_HOME.") var home: String
        @Option var grant: String
        @Option(help: "How many samples there are, one of each page.") var pages: Int
        @Option(help: "A library that makes the lake slow, to be preloaded.") var slow: String

        func run() throws {
            var fast: [ChildRun] = []
            var delayed: [ChildRun] = []
            for _ in 0..<(rounds ?? (quick ? 1 : 2)) {
                fast.append(try open([:]))
                delayed.append(try open(["LD_PRELOAD": slow]))
            }
            var report = BenchReport(bench: "epoch", isQuick: quick)
            report.figures = [
                Figure("first of \(pages) pages' samples", "s", fast.map(\.firstLine), goal: .atMost(1)),
                Figure("all of them", "s", fast.map(\.seconds), goal: .atMost(20)),
                Figure("  processor time of the job", "s", fast.map(\.processor)),
                Figure("  most memory of the job", "MB", fast.map { $0.memory / 1e6 }),
                Figure(
                    "all, from a lake that takes 100 ms for each object", "s", delayed.map(\.seconds),
                    against: "a lake that answers at once", fast.map(\.seconds), goal: .atMost(5)),
            ]
            report.fields = [
                ("firstSample", fast.map(\.firstLine).min() ?? .nan), ("all", fast.map(\.seconds).min() ?? .nan),
                ("allFromSlowLake", delayed.map(\.seconds).min() ?? .nan),
            ]
            report.notes = ["Ledger, brokers and job share the cores. A page has one body, and makes one sample."]
            report.print(json: json)
        }

        private func open(_ more: [String: String]) throws -> ChildRun {
            let environment = [
                "COFFER_HOME": home, "COFFER_JOB_KEY": home + "/key", "PATH": "/usr/bin:/bin",
            ].merging(more) { _, new in new }
            let run = try ChildRun(
                coffer, ["job", "open", "--grant", grant, "--format", "jsonl", "--json"], environment: environment)
            guard run.status == 0, run.lines == pages else {
                throw BenchError("the job ended with \(run.status) after \(run.lines) of \(pages) samples")
            }
            return run
        }
    }
}
