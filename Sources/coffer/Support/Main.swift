import ArgumentParser
import Foundation
import Sealing

/// Parses, runs, and turns every error into one sentence and its exit code (CommandLine, "Exit codes").
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

    /// Every process of Coffer may come to hold a secret: none leaves a core dump or lets another trace it.
    private static func keepMemoryToItself() throws(CofferError) {
        do { try ProcessHardening.apply() } catch {
            throw CofferError(.configuration, "This system cannot protect the memory of the process.")
        }
    }

    /// A reader that goes away is an error of the write, not a signal.
    private static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}
