import ArgumentParser
import Foundation
import Ledger
import Replica
import Rules
import Sealing

extension OrgCharter {
    /// The last step of the key ceremony, after every officer has signed a copy on their own machine.
    struct Merge: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Merge signed copies of a draft into the charter.",
            discussion: """
                The first file says what was to be signed; whatever a copy adds to it or changes is refused, and the \
                file named. Nothing is written until everyone whose key the charter names has signed.
                """)

        @Argument(help: ArgumentHelp("The draft, then every officer's signed copy.", valueName: "file"))
        var files: [String]

        @Option(name: .shortAndLong, help: ArgumentHelp("Where the charter goes.", valueName: "file"))
        var output: String

        @Flag(name: .long, help: "Print one JSON object.")
        var json = false

        func run() throws {
            guard let first = files.first else { throw CofferError(.usage, "Name the draft first.") }
            let draft = try NoteFile(readingFrom: first)
            guard case .charter(let charter) = try draft.statement() else {
                throw CofferError(.usage, "\(first) is not a charter.", rule: "charter.format")
            }
            let names = Self.names(charter.terms)
            for file in files { try Self.check(file, against: draft, names) }
            var note = draft.note
            for file in files.dropFirst() {
                for line in try NoteFile(readingFrom: file).note.signatures { note.add(line) }
            }
            let missing = Set(names.keys).subtracting(try note.signers()).compactMap { names[$0] }.sorted()
            guard missing.isEmpty else {
                throw CofferError(
                    .no, "Not everyone has signed yet: \(missing.joined(separator: ", ")).", rule: "quorum",
                    hint: "Run coffer org charter sign COPY --key KEY on the officer's own machine.")
            }
            let file = try CharterFile(parsing: note.encoded)
            try NoteFile(path: output, note: note).write()
            let members: [(String, JSONValue)] = [
                ("schema", "coffer.merged.v1"), ("statement", .string(file.hash.hex)), ("file", .string(output)),
                ("signatures", .integer(note.signatures.count)),
            ]
            Output.data(
                json
                    ? JSONValue.object(members).text
                    : "charter \(file.hash.prefix8) in \(output), signed by all \(names.count)")
        }

        /// A copy must have the draft's text and only valid signatures of people named in it; else an error names the
        /// copy.
        private static func check(_ path: String, against draft: NoteFile, _ names: [VerifyingKey: String]) throws {
            let copy = try NoteFile(readingFrom: path)
            guard copy.note.text == draft.note.text else {
                throw CofferError(
                    .tampering, "\(path) does not have the same text as \(draft.path).", rule: "note.text",
                    hint: "Have the officer sign the draft itself and compare the hash on the screen.")
            }
            guard let signers = try? copy.note.signers(), signers.count == copy.note.signatures.count else {
                throw CofferError(.tampering, "\(path) has a signature that does not verify.", rule: "signature")
            }
            guard signers.isSubset(of: names.keys) else {
                throw CofferError(
                    .refused, "\(path) is signed by a key that the charter does not name.", rule: "signature",
                    hint: "Sign with the key whose public half is in the draft.")
            }
        }

        /// The names of everyone who must sign, by key.
        private static func names(_ terms: CharterTerms) -> [VerifyingKey: String] {
            var names = [terms.ledgerKey: "the ledger", terms.desk.key: terms.desk.name]
            for broker in terms.brokers { names[broker.noteKey] = broker.name }
            for officer in terms.reviewers + terms.halters { names[officer.key] = officer.name }
            return names
        }
    }
}
