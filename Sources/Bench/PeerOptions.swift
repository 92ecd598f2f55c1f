import ArgumentParser

/// The options of the benches that age is the peer of.
struct PeerOptions: ParsableArguments {
    @Flag(help: "Print one JSON object.") var json = false
    @Flag(help: "A run of seconds, whose figures say little.") var quick = false
    @Option(help: "How often each pair is measured.") var rounds: Int?
    @Option(help: "A folder in memory with age's key and its recipient.") var age: String

    /// How many segments.
    var count: Int { quick ? 3 : 32 }
    var times: Int { rounds ?? (quick ? 1 : 5) }
}
