import ArgumentParser
import Ledger
import LedgerServer
import Replica
import Sealing
import Serving

extension Coffer.Serve {
    /// Restores the folder of a lost ledger.
    struct RestoreLedger: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restore-ledger",
            abstract: "Restore a lost ledger's folder from the logs that brokers and mirrors have followed.",
            discussion: """
                The lost ledger must be stopped for good. Every source is asked; the largest checkpoint that the ledger and \
                a quorum have signed is followed from the charter on, and the ledger goes on from it. Enough \
                cosigners must show their last checkpoint to prove that no later checkpoint was published; if one was, or two \
                histories were signed, nothing is restored. If it is interrupted, run it again; until it is finished \
                no ledger starts in the folder.
                """)

        @Option(name: .long, help: ArgumentHelp("The signed charter.", valueName: "file"))
        var charter: String

        @Option(
            name: .long, help: ArgumentHelp("Where the ledger's own files go: an empty folder.", valueName: "folder"))
        var dir: String

        @Option(
            name: .long,
            help: ArgumentHelp(
                "A broker's URL or a mirror's folder, once or more; by default every broker.", valueName: "url|folder"))
        var from: [String] = []

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let charter = try CharterFile(readingFrom: charter)
            let folder = try ServingOptions.folder(dir)
            let sources = from.map { RestoreSource(name: $0, source: LedgerOptions.source(of: $0)) }
            let restored = try await LedgerRestore(directory: folder, charter: charter, sources: sources).run()
            for (name, error) in restored.failures {
                output.talk("not restored from \(name.shown): \(error.message.shown)")
            }
            for name in restored.silent {
                output.talk("\(name.shown) does not show the last checkpoint that it cosigned")
            }
            let checkpoint = restored.checkpoint
            let time = Milliseconds(checkpoint.quorumTime ?? 0)
            output.data(
                "restored",
                [
                    ("origin", .string(charter.origin)), ("size", .integer(Int(clamping: checkpoint.size))),
                    ("root", .string(checkpoint.root.hex)), ("cosigned", .string(Output.rfc3339(time))),
                    ("from", .string(restored.from)), ("folder", .string(folder)),
                    ("silent", .array(restored.silent.map { .string($0) })),
                ],
                text:
                    "\(checkpoint.size) entries of \(charter.origin) are in \(folder), under the checkpoint cosigned at "
                    + "\(Output.utc(time)); later entries of the lost ledger were never published and are lost."
            )
        }
    }
}
