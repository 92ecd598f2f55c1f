import ArgumentParser
import CSodiumMemory
import Simulation

/// Runs the protocol in a deterministic simulation; not a product that people install.
///
/// This target is only the command line of the module Simulation. It imports that module and CSodiumMemory, which
/// remembers libsodium's results, so that a signature is verified once for all replayers; `--slow` turns this off.
///
/// Without options it runs all seeds, then looks for every `PlantedBug`, then tries every short sequence of statements.
/// With `--seed` it runs one seed and prints each step.
///
/// It exits with a failure if an invariant is broken, if a required event did not happen, or if a planted bug is not
/// found.
@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coffer-simulate", abstract: "Run the protocol under random faults, repeatable by seed.",
        discussion: "Without options: all seeds, then every planted bug, then every short sequence of statements.")

    @Option(help: "How many seeds to run.")
    var seeds = 20_000

    @Option(help: "The first seed.")
    var from: UInt64 = 0

    @Option(help: "Run only this seed and print one line per step.")
    var seed: UInt64?

    @Option(help: "Plant this bug.")
    var bug: PlantedBug?

    @Option(help: "The length of the longest sequence of statements to try.")
    var depth = 5

    @Option(help: "The number of seeds within which a planted bug must be found.")
    var patience = 3_000

    @Option(help: "Start no seed after this many seconds, and print how many ran.")
    var within: Int?

    @Flag(help: "Call libsodium each time, without remembering its results.")
    var slow = false

    func run() async throws {
        if slow { sodium_memory_enable(0) }
        if let seed { return try await replay(seed) }
        var isGood = await runSeeds()
        if bug == nil {
            if !(await findPlanted()) { isGood = false }
            if !(try await search()) { isGood = false }
        }
        if !isGood { throw ExitCode(1) }
    }

    private func replay(_ seed: UInt64) async throws {
        let result = await World(seed: seed, bug: bug) { print($0) }.run()
        print("trace \(result.traceHash)")
        if !result.violations.isEmpty { throw ExitCode(1) }
    }

    private func runSeeds() async -> Bool {
        let end = within.map { ContinuousClock.now + .seconds($0) }
        let report = await Campaign(from: from, count: seeds, bug: bug) {
            end.map { ContinuousClock.now > $0 } ?? false
        }
        .run()
        for (what, number) in report.tally.sorted(by: { $0.key < $1.key }) { print("\(number) \(what)") }
        for failure in report.failures.prefix(10) {
            print("FAILED seed \(failure.seed): \(failure.violations.first ?? "")")
            print("  again: tools/test simulate --seed \(failure.seed)")
        }
        let idle = report.idle
        if !idle.isEmpty { print("FAILED nothing happened: \(idle.joined(separator: ", "))") }
        let late = report.runs < seeds ? ", of \(seeds): there was no time for more" : ""
        print("\(report.runs) seeds\(late), \(report.failures.count) failed")
        return report.failures.isEmpty && idle.isEmpty
    }

    private func findPlanted() async -> Bool {
        var found = 0
        for bug in PlantedBug.allCases {
            let report = await Campaign(from: 0, count: patience, bug: bug, stopsAtFirst: true).run()
            if let failure = report.failures.first {
                found += 1
                print("planted “\(bug.sentence)”: found in seed \(failure.seed): \(failure.violations.first ?? "")")
            } else {
                print("FAILED planted “\(bug.sentence)”: not found in \(report.runs) seeds")
            }
        }
        print("\(found) of \(PlantedBug.allCases.count) planted bugs found")
        return found == PlantedBug.allCases.count
    }

    private func search() async throws -> Bool {
        let search = try ExhaustiveSearch()
        let report = await search.run(depth: depth)
        let violations = report.violations + search.orders()
        for violation in violations.prefix(10) { print("FAILED sequence \(violation)") }
        print(
            "\(report.sequences) sequences of statements, \(report.accepted) accepted, \(report.answerable) answerable")
        return violations.isEmpty && report.answerable > 0
    }
}

extension PlantedBug: ExpressibleByArgument {
    /// Finds a bug by the name of its case.
    public init?(argument: String) {
        guard let bug = Self.allCases.first(where: { "\($0)" == argument }) else { return nil }
        self = bug
    }

    /// Every name.
    public static var allValueStrings: [String] { allCases.map { "\($0)" } }
}
