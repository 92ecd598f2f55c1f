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
        var found: ReplayedEntry?
        let log = try await ledger.auditor().replay { entry throws(CofferError) in
            if entry.index == index { found = entry }
        }
        guard let found else {
            throw CofferError(.notFound, "The log has no entry \(index): it ends before \(log.checkpoint.size).")
        }
        let explanation = Explanation(found, in: log.state)
        var members: [(String, JSONValue)] = [
            ("index", .integer(Int(clamping: index))), ("time", .string(Output.rfc3339(explanation.stamp))),
        ]
        if let type = explanation.type { members.append(("type", .string(type))) }
        if let statement = explanation.statement { members.append(("statement", .string(statement.hex))) }
        members += [
            ("text", .string(explanation.sentence)), ("signers", .array(explanation.signers.map { .string($0) })),
        ]
        let verdict: String
        switch explanation.verdict {
        case .accepted:
            verdict = "accepted"
            members.append(("verdict", "accepted"))
        case .refused(let refusal):
            verdict = "refused by rule \(refusal.rule): \(refusal.message.shown)"
            members += [
                ("verdict", "refused"), ("rule", .string(refusal.rule)), ("message", .string(refusal.message)),
            ]
        }
        let signers = explanation.signers.map(\.shown).joined(separator: ", ")
        let statement = explanation.statement.map { " \($0.prefix8)" } ?? ""
        output.data(
            "explained", members,
            text: """
                entry    \(index), \(Output.local(explanation.stamp)): \(explanation.type ?? "no statement")\(statement)
                says     \(explanation.sentence.shown)
                signed   \(explanation.signers.isEmpty ? "nobody" : signers)
                verdict  \(verdict)
                """)
    }
}
