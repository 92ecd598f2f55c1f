import ArgumentParser
import Foundation
import Sealing

/// Reads a passphrase from a file, from the descriptor in `COFFER_PASSPHRASE_FD`, or from the terminal; never from argv
/// or from the value of an environment variable.
struct PassphraseOptions: ParsableArguments {
    @Option(name: .long, help: "Read the passphrase from the first line of this file (for automation).")
    var passphraseFile: String?

    /// The longest allowed passphrase, in bytes.
    static let maximumCount = 1024

    /// Reads the passphrase. On a terminal a running agent must first acknowledge that it discards input and screen
    /// (Design, "Prompts").
    func read(_ prompt: String = "Passphrase: ", home: Home) async throws -> SecretMemory {
        if let passphraseFile { return try Self.firstLine(ofFile: passphraseFile) }
        if let number = ProcessInfo.processInfo.environment["COFFER_PASSPHRASE_FD"] {
            guard let descriptor = Int32(number), descriptor > 2 else {
                throw CofferError(.usage, "COFFER_PASSPHRASE_FD must be the number of an open descriptor above 2.")
            }
            return try Self.firstLine(of: descriptor)
        }
        return try await AgentPrompt.whileDiscarding(home: home) { try Self.ask(prompt) }
    }

    /// Reads a new passphrase, which must be long enough; on a terminal twice, and both must be equal. Every new
    /// passphrase is read here.
    func readNew(_ prompt: String = "New passphrase: ", home: Home) async throws -> SecretMemory {
        guard passphraseFile == nil, ProcessInfo.processInfo.environment["COFFER_PASSPHRASE_FD"] == nil else {
            return try Self.longEnough(try await read(home: home))
        }
        return try await AgentPrompt.whileDiscarding(home: home) {
            let first = try Self.longEnough(try Self.ask(prompt))
            let second = try Self.ask("Repeat the passphrase: ")
            guard SecretMemory.areEqual(first, second) else {
                throw CofferError(.usage, "The two passphrases are different.")
            }
            return first
        }
    }

    /// The passphrase without the carriage return at its end, as of a file with Windows line ends; nil without one.
    static func withoutReturn(_ passphrase: borrowing SecretMemory) throws -> SecretMemory? {
        guard endsWithReturn(passphrase), passphrase.count > 1 else { return nil }
        var rest = try SecretMemory(count: passphrase.count - 1)
        rest.withMutableBytes { to in
            passphrase.withBytes { from in
                to.copyMemory(from: UnsafeRawBufferPointer(rebasing: from[..<(from.count - 1)]))
            }
        }
        return rest
    }

    private static func endsWithReturn(_ passphrase: borrowing SecretMemory) -> Bool {
        passphrase.withBytes { $0.last == 13 }
    }

    private static func longEnough(_ passphrase: consuming SecretMemory) throws -> SecretMemory {
        guard passphrase.count >= 8 else {
            throw CofferError(.usage, "The passphrase is shorter than 8 bytes.", hint: "Use several words.")
        }
        guard !endsWithReturn(passphrase) else {
            throw CofferError(
                .usage, "The passphrase ends with a carriage return, which another editor would not write.",
                hint: "Save the file with Unix line ends.")
        }
        return passphrase
    }

    private static func firstLine(ofFile path: String) throws -> SecretMemory {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CofferError(.notFound, "The passphrase file cannot be read.") }
        defer { close(descriptor) }
        return try firstLine(of: descriptor)
    }

    private static func ask(_ prompt: String) throws -> SecretMemory {
        guard let terminal = Terminal() else {
            throw CofferError(
                .locked, "A passphrase is needed, but there is no terminal to ask for it.",
                hint: "Give --passphrase-file, or COFFER_PASSPHRASE_FD.")
        }
        return try terminal.ask(prompt) { try firstLine(of: $0) }
    }

    /// Reads byte by byte into locked memory, up to a newline or the end.
    private static func firstLine(of descriptor: Int32) throws -> SecretMemory {
        do {
            var line = try SecretMemory(count: maximumCount)
            var count = 0
            while count < maximumCount {
                let at = count
                let got = line.withMutableBytes { buffer in
                    buffer.baseAddress.map { Glibc.read(descriptor, $0 + at, 1) } ?? -1
                }
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw CofferError(.configuration, "The passphrase cannot be read.") }
                let ended = got == 0 || line.withBytes { $0[at] == 10 }
                if ended {
                    guard count > 0 else { throw CofferError(.usage, "The passphrase is empty.") }
                    var exact = try SecretMemory(count: count)
                    exact.withMutableBytes { to in
                        line.withBytes { from in to.copyMemory(from: UnsafeRawBufferPointer(rebasing: from[..<count])) }
                    }
                    return exact
                }
                count += 1
            }
            throw CofferError(.usage, "The passphrase is longer than \(maximumCount) bytes.")
        } catch let error as SecretMemoryError {
            throw CofferError(
                .configuration, "Memory for the passphrase cannot be locked (\(error)).", hint: "Raise `ulimit -l`.")
        }
    }
}
