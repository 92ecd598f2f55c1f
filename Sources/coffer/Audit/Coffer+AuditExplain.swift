import ArgumentParser
import Audit
import Ledger
import Rules
import Sealing

/// Describes one entry in words.
struct AuditExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain an entry: its statement, its signers, and why it was accepted or refused.")

    @Argument(help: ArgumentHelp("The entry's index, from 0.", valueName: "index"))
    var index: UInt64

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (log, reader) = try await ledger.known()
        guard index < reader.size else {
            throw CofferError(.notFound, "The log has no entry \(index): it ends before \(reader.size).")
        }
        let line = EntryLine(try await reader.explanation(index))
        output.data("explained", line.members + log.basis.members, text: line.paragraph(log.basis))
    }
}
