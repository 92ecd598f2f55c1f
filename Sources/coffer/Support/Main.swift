import ArgumentParser
import Foundation
import Sealing

/// Parses, runs, and turns every error into one sentence and its exit code (CLI.md).
@main
enum Main {
    static func main() async {
        ignoreBrokenPipes()
        do {
            var command = try Coffer.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Failure(error).exit(json: CommandLine.arguments.contains("--json"))
        }
    }

    /// A reader that goes away is an error of the write, not a signal.
    private static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}
