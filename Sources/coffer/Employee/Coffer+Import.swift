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
                Each file is read and checked as a whole before anything of it is stored. What is imported can be \
                reviewed, deleted and consented like what was captured.
                """)

        @Argument(help: ArgumentHelp("Recordings to import.", valueName: "file"))
        var files: [String]

        @Option(name: .long, help: ArgumentHelp("agentnet, asciicast, transcript or jsonl.", valueName: "format"))
        var format: ImportFormat

        @Option(name: .long, help: ArgumentHelp("File all of it under this app.", valueName: "name"))
        var app: String?

        @Option(
            name: .long, help: "When the first recording began; by default, a recording without a start time ends now.")
        var start: Moment?

        @OptionGroup var output: OutputOptions

        func run() throws {
            let home = try Home()
            let sealer = try SegmentSealer(vault: try VaultDirectory(path: home.vault))
            let name = try app.map(AppName.init(argument:))
            for file in files {
                let outcome = try ImportSealer(sealer: sealer, now: Now.milliseconds())
                    .seal(file, format: format, app: name, start: start?.first)
                output.data(
                    "imported",
                    [
                        ("file", .string(file)), ("records", .integer(outcome.records)),
                        ("segments", .integer(outcome.segments)), ("from", .string(Output.rfc3339(outcome.from))),
                        ("until", .string(Output.rfc3339(outcome.until))),
                    ],
                    text: "\(file.shown): \(outcome.records) records of \(Output.local(outcome.from)) "
                        + "in \(outcome.segments) sealed segments")
            }
        }
    }
}

extension ImportFormat: ExpressibleByArgument {}
