import ArgumentParser
import Foundation
import Keyholder
import Ledger
import Rules
import Sealing

extension Coffer {
    /// Lists the purposes that recordings may be used for.
    struct Purposes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the purposes: text, legal basis, owner, signers, kinds and apps, notice, budget.")

        @Argument(help: "Only the purposes of this name.")
        var name: String?

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let programme = try session.programme()
            let state = try await session.state(programme, output: output)
            let purposes = state.purposes.filter { name == nil || $0.value.purpose.name == name }
                .sorted { $0.value.mark.index < $1.value.mark.index }
            if let name, purposes.isEmpty { throw CofferError(.notFound, "There is no purpose \(name).") }
            for (hash, record) in purposes {
                let signers = try await Self.signers(of: record.mark.index, programme: programme, state: state)
                try Output.item(
                    output.json
                        ? Self.json(hash, record, signers: signers, state: state)
                        : Self.text(hash, record, signers: signers, state: state))
            }
            if purposes.isEmpty { output.talk("The ledger has no purpose yet.") }
        }

        /// The names of the reviewers that signed, looked up in all charters so far.
        private static func signers(of index: UInt64, programme: LedgerAccess, state: LedgerState) async throws
            -> [String]
        {
            guard let bytes = try await programme.entry(index),
                let note = try? SignedNote(parsing: Entry(parsing: bytes).note), let keys = try? note.signers()
            else { return [] }
            let officers = state.charters.flatMap(\.terms.reviewers)
            return keys.sorted().map { key in
                officers.first { $0.key == key }.map { "\($0.name) (\($0.side.rawValue))" } ?? key.hash.prefix8
            }
        }

        private static func json(_ hash: Hash256, _ record: PurposeRecord, signers: [String], state: LedgerState)
            -> String
        {
            let purpose = record.purpose
            return JSONValue.object([
                ("schema", "coffer.purpose.v1"), ("purpose", .string(hash.hex)), ("name", .string(purpose.name)),
                ("status", .string(state.standing(ofPurpose: hash).rawValue)), ("text", .string(purpose.text)),
                ("basis", .string(purpose.basis)), ("owner", .string(purpose.owner)),
                ("signers", .array(signers.map { .string($0) })),
                ("kinds", .array(purpose.kinds.map { .string($0.rawValue) })),
                ("apps", .array(purpose.apps.map { .string($0.string) })), ("outputs", .string(purpose.outputs)),
                ("notice", .integer(Int(clamping: Seconds(purpose.notice).rawValue))),
                ("pages", .integer(Int(clamping: purpose.pages))), ("ends", .string(Output.rfc3339(purpose.ends))),
                ("entry", .integer(Int(clamping: record.mark.index))),
                ("time", .string(Output.rfc3339(record.mark.time))),
            ]).text
        }

        private static func text(_ hash: Hash256, _ record: PurposeRecord, signers: [String], state: LedgerState)
            -> String
        {
            let purpose = record.purpose
            let standing = state.standing(ofPurpose: hash)
            return """
                \(purpose.name.shown)  (\(standing.rawValue), \(hash.prefix8), entry \(record.mark.index))
                \(paragraphs(purpose.text))
                  legal basis  \(purpose.basis.shown)
                  owner        \(purpose.owner.shown)
                  signed by    \(signers.map(\.shown).joined(separator: ", "))
                  takes        \(purpose.kinds.map(\.rawValue).joined(separator: ", ")) of \
                \(purpose.apps.map(\.string).joined(separator: ", "))
                  for          \(purpose.outputs.shown)
                  budget       \(purpose.pages) pages a day, after a notice of \
                \(DurationArgument(milliseconds: purpose.notice).defaultValueDescription)
                  ends         \(Output.utc(purpose.ends))
                """
        }

        /// A long text in its own lines, each behind a bar: none can pass for a line of the command.
        private static func paragraphs(_ text: String) -> String {
            text.split(separator: "\n", omittingEmptySubsequences: false).map { "  | \($0.shown)" }
                .joined(separator: "\n")
        }
    }
}
