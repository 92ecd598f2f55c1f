extension Rule {
    /// What the language and its libraries offer to write to stdout and stderr: it loses an error, or traps.
    private static let writers: Set = [
        "print", "debugPrint", "dump", "fputs", "puts", "printf", "fprintf", "fwrite", "putchar", "putc", "perror",
        "standardOutput", "standardError", "StreamLogHandler",
    ]
    /// The files that write to the standard streams.
    private static let layer: Set = ["Sources/coffer/Support/Output.swift", "Sources/Serving/Logs/LogLines.swift"]
    /// Programs of this tree that are no part of the product.
    private static let others = [
        "Sources/coffer-simulate/", "Sources/Simulation/", "Sources/Bench/", "Sources/CofferTestKit/",
    ]

    /// Only the output layer writes to the standard streams: elsewhere a full disk would pass for success, and a closed
    /// stderr would end the program.
    func streams(_ survey: Survey) -> [Finding] {
        var findings: [Finding] = []
        for source in survey.sources
        where source.path.hasPrefix("Sources/") && !Self.layer.contains(source.path)
            && !Self.others.contains(where: { source.path.hasPrefix($0) })
        {
            var before = ""
            for word in source.words where word.kind == .code {
                // `child.standardOutput = …` gives a stream to another process.
                let isForAChild = ["child", "process"].contains(before)
                let isStream = ["STDOUT_FILENO", "STDERR_FILENO"].contains(word.text) && before == "write"
                if isStream || (Self.writers.contains(word.text) && !isForAChild) {
                    let why = "only the output layer writes to the standard streams"
                    findings.append(
                        Finding(rule: self, path: source.path, line: word.line, what: word.text, why: why))
                }
                before = word.text
            }
        }
        return findings
    }
}
