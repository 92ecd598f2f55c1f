import ArgumentParser
import Audit
import Files
import Ledger
import Sealing

/// Makes the proof of one entry, for other verifiers.
struct AuditProof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof", abstract: "Write the proof that the log has an entry, with the entry in it.",
        discussion: """
            The file is a C2SP tlog-proof. Its extra data is the entry, so a verifier needs nothing but this file and the \
            witness policy (`coffer audit policy`).
            """)

    @Argument(help: ArgumentHelp("The entry's index, from 0.", valueName: "index"))
    var index: UInt64

    @Option(name: .shortAndLong, help: ArgumentHelp("Where the proof goes; - is stdout.", valueName: "file"))
    var output = "-"

    @OptionGroup var ledger: LedgerOptions

    @Flag(name: .long, help: "Print one JSON object about the file written.")
    var json = false

    func validate() throws {
        if json, output == "-" { throw ValidationError("With --json, name a file with -o.") }
    }

    func run() async throws {
        let (log, reader) = try await ledger.known()
        let proof = try await reader.proof(index)
        if output == "-" {
            Output.bytes(proof.encoded)
        } else {
            try OutputFile.write(proof.encoded, to: output)
        }
        let members: [(String, JSONValue)] = [
            ("schema", "coffer.proof.v1"), ("index", .integer(Int(clamping: index))), ("file", .string(output)),
            ("size", .integer(Int(clamping: log.checkpoint.size))), ("root", .string(log.checkpoint.root.hex)),
        ]
        let text =
            "entry \(index) in the tree of \(log.checkpoint.size) entries, root \(log.checkpoint.root.prefix8), "
            + log.basis.words
        if json {
            Output.data(JSONValue.object(members + log.basis.members).text)
        } else {
            Output.talk(text)
        }
    }
}
