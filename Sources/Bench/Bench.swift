import ArgumentParser

/// Measures the ledger, the brokers and an auditor, each against a limit or a peer in the same run.
///
/// The target `coffer-bench` is started by `tools/bench` and is no product. It imports the libraries that it measures,
/// CofferTestKit for keys and long logs, and no server module: servers run as separate processes of the `coffer` binary.
///
/// `ServerProcesses` starts these servers on loopback, `Load` drives them with `RawHTTP` connections, and each `Figure`
/// holds the values of several rounds with their ratio to the limit or peer. The results are on the page Figures.
///
/// It promises that both sides of a ratio are measured in turn, in the same run and on the same machine.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coffer-bench",
        abstract: "Figures of the ledger, the brokers, the audit, imports, jobs and samples.",
        subcommands: [
            Ledger.self, Broker.self, Audit.self, Follow.self, Import.self, Epoch.self, Removal.self,
            Open.self, Seal.self, Grant.self,
        ])
}

/// The options of every bench.
struct BenchOptions: ParsableArguments {
    @Flag(help: "Print one JSON object.") var json = false
    @Flag(help: "A run of seconds, whose figures say little.") var quick = false
    @Option(help: "Where the logs are written; it must be a real disk.") var directory: String
    @Option(help: "How often each pair is measured.") var rounds: Int?
}
