import ArgumentParser
import DeskServer
import Files
import Keys
import Sealing

/// Commands of the desk: tokens for people, enrolments for the ledger.
struct OrgEnrol: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrol", abstract: "Make single-use tokens; log the waiting pseudonyms.",
        subcommands: [Token.self, Publish.self])

    struct Token: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a single-use token for one person; the desk keeps its hash only.")

        @Option(name: .long, help: ArgumentHelp("The desk's folder.", valueName: "folder"))
        var dir: String

        @Option(name: .shortAndLong, help: ArgumentHelp("Where the token goes (mode 0600).", valueName: "file"))
        var output: String

        func run() throws {
            let token = try DeskStore(directory: dir).makeToken()
            try OutputFile.write(Bytes((Base64.encode(token) + "\n").utf8), to: output, mode: 0o600)
            Output.talk("a token for one person in \(output)")
        }
    }

    struct Publish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Log all waiting pseudonyms now, sorted.")

        @Option(name: .long, help: ArgumentHelp("The desk's folder.", valueName: "folder"))
        var dir: String

        @OptionGroup var charter: CharterOption

        @Option(name: .long, help: ArgumentHelp("The desk's private key.", valueName: "file"))
        var key: String

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let desk = try Desk(
                directory: dir, key: try OrgKeyFile(readingFrom: key), charter: try charter.file(),
                now: Now.milliseconds)
            let logged = try await desk.publish()
            output.data("enrolled", [("logged", .integer(logged))], text: "\(logged) pseudonyms logged")
        }
    }
}
