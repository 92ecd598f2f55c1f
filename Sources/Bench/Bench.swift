import ArgumentParser

/// Measures the ledger, the brokers and an auditor, each against a limit or a peer in the same run.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coffer-bench", abstract: "Figures of the ledger, the brokers and the audit.",
        subcommands: [Ledger.self, Broker.self, Audit.self, Follow.self])
}

/// The options of every bench.
struct BenchOptions: ParsableArguments {
    @Flag(help: "Print one JSON object.") var json = false
    @Flag(help: "A run of seconds, whose figures say little.") var quick = false
    @Option(help: "Where the logs are written; it must be a real disk.") var directory: String
    @Option(help: "How often each pair is measured.") var rounds: Int?
}
