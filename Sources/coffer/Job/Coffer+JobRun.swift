import ArgumentParser
import Foundation
import Job
import Sealing

/// Pipes the stream into a program.
struct JobRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a program with the samples of a grant, as a tar, on its stdin.",
        discussion: "It fails if the stream fails or the program does.")

    @OptionGroup var stream: StreamOptions

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("The program and its arguments, after --.", valueName: "cmd"))
    var command: [String] = []

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard !command.isEmpty else { throw ValidationError("Name the program after `--`.") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["--"] + command
        let pipe = Pipe()
        process.standardInput = pipe
        do { try process.run() } catch {
            throw CofferError(.configuration, "The program cannot be started.")
        }
        // Only the program may hold the reading end, so that a write fails when the program exits.
        try? pipe.fileHandleForReading.close()
        let sink = DescriptorSink(pipe.fileHandleForWriting.fileDescriptor)
        let result: Result<Epoch.Summary, any Error>
        do {
            result = .success(try await JobStream(options: stream, output: output).open(as: TarSamples(sink)))
        } catch {
            result = .failure(error)
        }
        try? pipe.fileHandleForWriting.close()
        process.waitUntilExit()
        let status = process.terminationStatus
        switch result {
        case .failure(let error as CofferError) where error.code != .no: throw error
        case .failure(let error) where !(error is CofferError): throw error
        case _ where status != 0 || process.terminationReason == .uncaughtSignal:
            throw CofferError(.no, "The program failed with status \(status).", rule: "run.program")
        case .failure(let error): throw error
        case .success(let summary): JobStream.say(summary, output)
        }
    }
}
