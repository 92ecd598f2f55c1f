import ArgumentParser

/// How a stream shares an epoch with other workers, and goes on later.
struct EpochOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The epoch's secret, in memory: workers that have it ask under the same releases.", valueName: "file"))
    var epoch: String?

    @Option(
        name: .long, help: ArgumentHelp("Note each person's day here once it is written whole.", valueName: "file"))
    var checkpoint: String?

    @Flag(name: .long, help: "Go on after the days that --checkpoint names.")
    var resume = false

    func validate() throws {
        if resume, checkpoint == nil { throw ValidationError("Name what to go on from with --checkpoint.") }
    }
}
