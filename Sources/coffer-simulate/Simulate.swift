import ArgumentParser
import CSodiumMemory
import Simulation

/// Runs the protocol in a deterministic simulation; not a product that people install.
@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coffer-simulate", abstract: "Run the protocol under every fault that a seed can think of.")

    @Option(help: "How many seeds to run.")
    var seeds = 20_000

    @Option(help: "The first seed.")
    var from: UInt64 = 0

    @Option(help: "Run this one seed and tell what happens.")
    var seed: UInt64?

    @Flag(help: "Show that every planted bug is found.")
    var planted = false

    @Option(help: "Plant this bug.")
    var bug: String?

    @Flag(help: "Ask libsodium every time, and remember nothing that it said.")
    var slow = false

    func run() async throws {
        if slow { sodium_memory_enable(0) }
        let plantedBug = bug.flatMap { name in PlantedBug.allCases.first { "\($0)" == name } }
        if let seed {
            let world = World(seed: seed, bug: plantedBug) { print($0) }
            let outcome = await world.run()
            print("trace \(outcome.traceHash)")
            if !outcome.violations.isEmpty { throw ExitCode(1) }
            return
        }
        if planted {
            var missed = 0
            for bug in PlantedBug.allCases {
                let report = await Campaign(from: from, count: seeds, bug: bug, stopsAtFirst: true).run()
                if let failure = report.failures.first {
                    print("found after \(report.runs) seeds: \(bug.sentence): \(failure.violations.first ?? "")")
                } else {
                    missed += 1
                    print("MISSED in \(report.runs) seeds: \(bug.sentence)")
                }
            }
            if missed > 0 { throw ExitCode(1) }
            return
        }
        let report = await Campaign(from: from, count: seeds, bug: plantedBug).run()
        for failure in report.failures.prefix(10) {
            print("seed \(failure.seed): \(failure.violations.first ?? "")")
        }
        for (what, number) in report.tally.sorted(by: { $0.key < $1.key }) { print("  \(number) \(what)") }
        print("\(report.runs) runs, \(report.failures.count) failed")
        if !report.failures.isEmpty { throw ExitCode(1) }
    }
}
