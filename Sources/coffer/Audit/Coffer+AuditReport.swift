import ArgumentParser
import Audit
import Files
import Ledger
import Replica
import Sealing

/// Writes the log as one HTML page.
struct AuditReport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write one static HTML page about the whole log.",
        discussion: """
            Replays the log and writes tables and plots: releases by purpose and day, refusals, consents and \
            revocations, destructions, witnesses, outcomes overdue, releases in no manifest. The page has no script and loads nothing. The same \
            log gives the same bytes; `tail -n +2 FILE | sha256sum` gives the hash in its first line.
            """)

    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("The page; - is stdout.", valueName: "file"))
    var output: String

    @Flag(name: .long, help: "Replace an existing file.")
    var force = false

    @OptionGroup var ledger: LedgerOptions

    @Flag(name: .long, help: "Print one JSON object about the page written.")
    var json = false

    func run() async throws {
        let taken = CofferError(
            .usage, "The file \(output) already exists.", hint: "Name another file, or replace this one with --force.")
        // What a pipe or device holds is not replaced.
        let replaces = force || OutputFile.isStream(output)
        if output != "-", !replaces, DurableFile.exists(output) { throw taken }
        let checkpoints =
            try ledger.folder.map { folder throws(CofferError) in try CheckpointHistory(beside: folder).all() } ?? []
        let sizes = Set(checkpoints.compactMap { (try? Checkpoint(parsing: $0.text))?.size.rawValue })
        var collector = ReportCollector(sizes: sizes)
        let log = try await ledger.auditor().replay { entry throws(CofferError) in collector.visit(entry) }
        let report = try Report(log, collector, checkpoints: checkpoints)
        let page = ReportPage(report).bytes
        if output == "-" { return Output.bytes(page) }
        guard try OutputFile.write(page, to: output, existing: replaces ? .replace : .keep, mode: 0o600) else {
            throw taken
        }
        let hash = Hash256(of: page.drop { $0 != 10 }.dropFirst())
        let text = "\(output): \(log.checkpoint.size) entries up to \(Output.utc(log.cosigned)), page \(hash.prefix8)"
        Output.data(
            json
                ? JSONValue.object([
                    ("schema", "coffer.report.v1"), ("file", .string(output)), ("sha256", .string(hash.hex)),
                    ("size", .integer(Int(clamping: log.checkpoint.size))), ("root", .string(log.checkpoint.root.hex)),
                    ("head", .string(Output.rfc3339(log.cosigned))), ("overdue", .integer(report.overdue.count)),
                    ("unclaimed", .integer(report.unclaimed.reduce(0) { $0 + $1.releases.count })),
                ]).text : text)
    }
}
