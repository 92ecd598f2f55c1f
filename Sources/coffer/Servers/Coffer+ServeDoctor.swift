import ArgumentParser
import Keys
import Replica
import Sealing
import Serving

extension Coffer.Serve {
    /// Prints each problem of a server on one line, with its fix.
    struct Doctor: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "doctor",
            abstract: "Look for a server's problems: one line each, with its fix. Exits 1 if there are any.",
            discussion: """
                Takes the flags that the server is started with, may run beside it and changes nothing. It exits 78 \
                when it cannot check at all, for example without a valid charter.
                """)

        @OptionGroup var options: ServeOptions

        @Option(name: .long, help: ArgumentHelp("A broker's storage key.", valueName: "file"))
        var storageKey: String?

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let charter = try CharterFile(readingFrom: options.charter)
            let key = try OrgKeyFile(readingFrom: options.key)
            guard [.ledger, .broker, .witness, .desk].contains(key.role) else {
                throw CofferError(
                    .configuration, "\(options.key) is a key for a \(key.role.rawValue), a role without a server.",
                    hint: "Name the key that the server uses.")
            }
            var findings = ServerFindings()
            findings.files(options, storageKey: key.role == .broker ? storageKey : nil)
            if key.role == .broker, storageKey == nil {
                findings.add("The storage key was not checked.", "name it with --storage-key")
            }
            findings.certificate(options.serving.certificate, now: Now.milliseconds())
            let terms = await findings.log(options, key: key, charter: charter, now: Now.milliseconds())
            await findings.witnesses(terms, origin: charter.origin, now: Now.milliseconds())
            await findings.ledger(terms, origin: charter.origin)
            await findings.listener(options, role: key.role, charter: charter)
            try report(findings)
        }

        private func report(_ findings: ServerFindings) throws {
            let problems = findings.problems
            for note in findings.notes { output.talk(note.shown) }
            output.data(
                "doctor",
                [
                    (
                        "problems",
                        .array(problems.map { .object([("what", .string($0.what)), ("fix", .string($0.fix))]) })
                    )
                ],
                text: problems.isEmpty
                    ? "No problem found."
                    : problems.map { "\($0.what.shown)  →  \($0.fix.shown)" }.joined(separator: "\n"))
            if !problems.isEmpty { throw ExitCode(CofferError.Code.no.rawValue) }
        }
    }
}
