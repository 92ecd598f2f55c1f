import ArgumentParser
import Files
import Foundation
import Job
import Sealing

/// Pipes the stream into a program.
struct JobRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a program with the samples of a grant on its stdin.",
        discussion: """
            It fails if the stream fails, and otherwise ends with the program's exit code. The program's temporary \
            files lie in memory, it writes no core dump, and signals are passed on to it.
            """)

    @OptionGroup var stream: StreamOptions
    @OptionGroup var drop: DropOptions
    @OptionGroup var sharing: EpochOptions
    @OptionGroup var format: FormatOptions

    @Flag(name: .long, help: "Cut the program off from every network (needs bubblewrap).")
    var noNetwork = false

    @Flag(name: .long, help: "Accept that temporary files, or memory that is swapped out, reach a disk.")
    var allowDisk = false

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("The program and its arguments, after --.", valueName: "cmd"))
    var command: [String] = []

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let name = command.first else { throw ValidationError("Name the program after `--`.") }
        // All that can be refused without a release is looked at first.
        let (program, arguments) = try isolated(ChildProgram.find(name), Array(command.dropFirst()))
        if !allowDisk { try Self.requireNoSwap() }
        let temporary = allowDisk ? nil : try MemoryDirectory(in: MemoryDirectory.candidates)
        defer { temporary?.remove() }
        let job = try await JobStream(
            options: stream, format: format, drop: drop, sharing: sharing, output: output
        ).prepare()
        let checkpoints = try job.checkpoints()

        let child = try ChildProgram(program, arguments, environment: temporary.map { ["TMPDIR": $0.path] } ?? [:])
        let result: Result<Epoch.Summary, any Error>
        do {
            result = .success(
                try await job.open(into: DescriptorSink(child.descriptor), checkpoints))
        } catch {
            result = .failure(error)
        }
        let status = await child.finish()
        if case .failure(let error) = result, (error as? CofferError)?.code != .no { throw error }
        // A program that failed closes the stream early, too; its own code says more.
        guard status == 0 else { throw programFailed(status) }
        let summary = try result.get()
        JobStream.say(summary, output)
        try summary.requireNothingMustGo()
    }

    /// The command that runs the program without a network, if that was asked for.
    private func isolated(_ program: String, _ arguments: [String]) throws -> (String, [String]) {
        guard noNetwork else { return (program, arguments) }
        guard let wrapper = try? ChildProgram.find("bwrap") else {
            throw CofferError(
                .configuration, "--no-network needs bubblewrap, which is not installed.", rule: "run.network",
                hint: "apt-get install bubblewrap")
        }
        return (wrapper, ["--dev-bind", "/", "/", "--unshare-net", "--die-with-parent", "--", program] + arguments)
    }

    private static func requireNoSwap() throws {
        guard let swap = SwapSpace().unencrypted().first else { return }
        throw CofferError(
            .configuration, "The program's memory could be swapped out to \(swap), which is not encrypted.",
            rule: "run.disk",
            hint: "Turn the swap off, encrypt it, run in a unit with MemorySwapMax=0, or accept it with --allow-disk.")
    }

    private func programFailed(_ status: Int32) -> ExitCode {
        Output.talk(
            output.json
                ? JSONValue.object([("schema", "coffer.program.v1"), ("status", .integer(Int(status)))]).text
                : "coffer: The program ended with status \(status).")
        return ExitCode(status)
    }
}
