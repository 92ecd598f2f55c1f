import ArgumentParser
import Foundation
import Sealing

/// Parses and runs a command, and turns each error into one sentence and an exit code (CommandLine, "Exit codes").
@main
enum Main {
    static func main() async {
        leaveCrashesToTheSystem()
        openClosedStreams()
        ignoreBrokenPipes()
        do {
            try keepMemoryToItself()
            var command = try Coffer.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            try Output.finish()
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

    /// A program that crashes ends, and nothing else. The language's runtime would otherwise hand the memory of the
    /// process to whatever program the variable SWIFT_BACKTRACE names.
    private static func leaveCrashesToTheSystem() {
        for number in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGSYS, SIGTRAP] { signal(number, SIG_DFL) }
    }

    /// Fills the places of standard streams that were closed: else the next file that is opened takes one, and what is
    /// meant for people goes into it. Writing to a closed stdout stays an error.
    private static func openClosedStreams() {
        for (stream, flags) in [(STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
        where fcntl(stream, F_GETFD) == -1 {
            // The lowest free number is this stream's, since those below it are open.
            _ = open("/dev/null", flags)
        }
    }

    /// A closed pipe makes the write fail; it does not raise SIGPIPE.
    private static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}
