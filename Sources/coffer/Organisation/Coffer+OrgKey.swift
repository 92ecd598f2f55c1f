import ArgumentParser
import Keys
import Rules
import Sealing

/// Keys of the organisation.
struct OrgKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make a key of a role.", subcommands: [New.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a private key (mode 0600) and, beside it, its public half FILE.pub.")

        @Argument(help: "ledger, broker, witness, reviewer, halter, desk or job.")
        var role: OrgRole

        @Option(name: .long, help: "The name that the charter gives to the key.")
        var name: String

        @Option(name: .customLong("operator"), help: "Who runs it (brokers).")
        var operatorName = ""

        @Option(name: .long, help: "The side that the key belongs to.")
        var side: OrgSide = .company

        @Option(name: .long, help: "Where its server is reached.")
        var url = ""

        @Option(name: .shortAndLong, help: ArgumentHelp("Where the private key goes.", valueName: "file"))
        var output: String

        @Flag(name: .long, help: "Print one JSON object.")
        var json = false

        func validate() throws {
            if role == .broker, operatorName.isEmpty { throw ValidationError("A broker needs --operator.") }
            if [.ledger, .broker, .witness, .desk].contains(role), url.isEmpty {
                throw ValidationError("A \(role.rawValue) needs --url.")
            }
            if !url.isEmpty, ServerAddress(url) == nil {
                throw ValidationError("\(url) is not the URL of a server: write http://HOST:PORT or https://HOST:PORT.")
            }
        }

        func run() throws {
            let key = try OrgKeyFile(
                role: role, name: name, operatorName: operatorName, side: side.rawValue, url: url)
            try key.write(to: output)
            let publicKey = key.noteKey.publicKey.hex
            Output.data(
                json
                    ? JSONValue.object([
                        ("schema", "coffer.key-made.v1"), ("role", .string(role.rawValue)), ("name", .string(name)),
                        ("key", .string(publicKey)), ("file", .string(output)),
                    ]).text : "\(role.rawValue) \(name.shown): \(publicKey.prefix(8)), public half in \(output).pub")
        }
    }
}

extension OrgRole: ExpressibleByArgument {}

/// The side that a key belongs to.
enum OrgSide: String, CaseIterable, ExpressibleByArgument {
    case company, employees
}
