import Foundation
import Sealing

/// A program that reads a stream on its stdin. What ends or interrupts this process is passed on to it.
final class ChildProgram {
    private let process = Process()
    private let stdin = Pipe()
    private let ended = AsyncStream<Void>.makeStream()
    private var signals: [any DispatchSourceSignal] = []

    /// Where the program is, as a shell would find it. Looked up before anything else, so that a name that was typed
    /// wrong costs nothing.
    static func find(_ name: String, path: String = ProcessInfo.processInfo.environment["PATH"] ?? "") throws -> String
    {
        let places =
            name.contains("/")
            ? [name]
            : path.split(separator: ":", omittingEmptySubsequences: false).map { "\($0.isEmpty ? "." : $0)/\(name)" }
        let files = places.filter(isFile)
        if let program = files.first(where: { access($0, X_OK) == 0 }) { return program }
        guard let file = files.first else {
            throw CofferError(.notFound, "There is no program \(name).", rule: "run.program")
        }
        throw CofferError(.configuration, "\(file) cannot be executed.", rule: "run.program", hint: "chmod +x \(file)")
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Where the stream is written to.
    var descriptor: Int32 { stdin.fileHandleForWriting.fileDescriptor }

    /// Starts the program with these variables besides this process's.
    init(_ program: String, _ arguments: [String], environment: [String: String]) throws {
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = stdin
        let continuation = ended.continuation
        process.terminationHandler = { _ in continuation.finish() }
        // The program must not inherit that a broken pipe is ignored. Nothing is written to one meanwhile.
        signal(SIGPIPE, SIG_DFL)
        defer { signal(SIGPIPE, SIG_IGN) }
        do { try process.run() } catch {
            throw CofferError(.configuration, "\(program) cannot be started.", rule: "run.program")
        }
        // Only the program may hold the reading end, so that a write fails when the program exits.
        try? stdin.fileHandleForReading.close()
        passOnSignals()
    }

    /// From now on a signal reaches the program, and this process ends when the program does.
    private func passOnSignals() {
        let child = process.processIdentifier
        // What a terminal sends, it sends to every process of its group.
        let isReached = getpgid(child) == getpgrp()
        for number in [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2] {
            let isFromTerminal = number == SIGINT || number == SIGQUIT || number == SIGHUP
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [process] in
                if process.isRunning, !(isFromTerminal && isReached) { kill(child, number) }
            }
            source.resume()
            signals.append(source)
        }
    }

    /// Ends the stream and waits for the program: its exit code, or 128 and the number of the signal that ended it.
    func finish() async -> Int32 {
        try? stdin.fileHandleForWriting.close()
        for await _ in ended.stream {}
        let status = process.terminationStatus
        return process.terminationReason == .uncaughtSignal ? 128 + status : status
    }
}
