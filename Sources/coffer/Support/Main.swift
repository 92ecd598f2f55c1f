import ArgumentParser
import Foundation
import Sealing

/// Parses and runs a command, and turns each error into one sentence and an exit code (CommandLine, "Exit codes").
@main
enum Main {
    static func main() async {
        ignoreBrokenPipes()
        do {
            try keepMemoryToItself()
            var command = try Coffer.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            CommandFailure(error).exit(json: CommandLine.arguments.contains("--json"))
        }
    }

    /// Any Coffer process can hold a secret, so core dumps and tracing are forbidden.
    private static func keepMemoryToItself() throws(CofferError) {
        do { try ProcessHardening.apply() } catch {
            throw CofferError(.configuration, "This system cannot protect the memory of the process.")
        }
    }

    /// A closed pipe makes the write fail; it does not raise SIGPIPE.
    private static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}
