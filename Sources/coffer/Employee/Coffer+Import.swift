import ArgumentParser
import Capture
import Foundation
import Sealing
import Vault

extension Coffer {
    /// Seals existing recordings like live capture.
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal existing recordings into the vault.",
            discussion: """
                Each file is read and checked as a whole before anything of it is stored. Files and recordings without \
                times follow each other. What is imported can be reviewed, deleted and consented like what was \
                captured. The help page Importing shows each shape that is read.
                """)

        @Argument(help: ArgumentHelp("Recordings to import.", valueName: "file"))
        var files: [String]

        @Option(
            name: .long,
            help: ArgumentHelp("agentnet, asciicast, transcript, jsonl or activitywatch.", valueName: "format"))
        var format: ImportFormat

        @Option(name: .long, help: ArgumentHelp("File all of it under this app.", valueName: "name"))
        var app: String?

        @Option(
            name: .long,
            help: "When the first recording began; the others follow it. By default, those without times end now.")
        var start: Moment?

        @Flag(name: .long, help: "Import a recording that was imported already.")
        var again = false

        @OptionGroup var output: OutputOptions

        func run() throws {
            let home = try Home()
            let sealer = try SegmentSealer(vault: try VaultDirectory(path: home.vault))
            let name = try app.map(AppName.init(argument:))
            var importer = ImportSealer(
                sealer: sealer, now: Now.milliseconds(), start: start?.first, zone: .autoupdatingCurrent)
            try importer.plan(files, format: format, app: name)
            for file in files {
                let outcome = try importer.seal(file, format: format, app: name, again: again)
                let passed = outcome.passed.sorted { $0.key < $1.key }
                output.data(
                    "imported",
                    [
                        ("file", .string(file)), ("recordings", .integer(outcome.recordings)),
                        ("records", .integer(outcome.records)), ("segments", .integer(outcome.segments)),
                        ("from", .string(Output.rfc3339(outcome.from))),
                        ("until", .string(Output.rfc3339(outcome.until))),
                        (
                            "passed",
                            .array(passed.map { .object([("what", .string($0.key)), ("count", .integer($0.value))]) })
                        ),
                    ],
                    text: "\(file.shown): \(outcome.records) records of \(Output.utc(outcome.from)) "
                        + "in \(outcome.segments) sealed segments"
                        + passed.map { "\n  passed over \($0.value) ×: \($0.key)" }.joined())
            }
        }
    }
}

extension ImportFormat: ExpressibleByArgument {}
