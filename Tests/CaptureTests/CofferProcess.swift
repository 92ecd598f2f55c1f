import CofferTestKit
import Foundation
import Glibc
import Testing

/// The real program as a process of its own.
struct Coffer {
    /// Beside the tests' bundle.
    static let path: String? = {
        var length = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &length, length.count)
        let runner = String(decoding: length.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let candidates = CommandLine.arguments + [runner]
        return candidates.lazy.map { ($0 as NSString).deletingLastPathComponent + "/coffer" }
            .first { access($0, X_OK) == 0 }
    }()

    let home: TemporaryVault
    let display: VirtualDisplay?

    private func process(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.path))
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["COFFER_HOME": home.path, "XDG_RUNTIME_DIR": home.path, "DISPLAY": display?.name ?? ":none"]
        ) { $1 }
        process.standardInput = FileHandle.nullDevice
        return process
    }

    func start(_ arguments: String...) throws -> Process {
        let process = try process(arguments)
        process.standardOutput = Foundation.Pipe()
        process.standardError = Foundation.Pipe()
        try process.run()
        return process
    }

    /// Runs to the end: the exit code, stdout and stderr.
    func run(_ arguments: String...) throws -> (code: Int32, out: String, err: String) {
        let process = try process(arguments)
        let out = Foundation.Pipe()
        let err = Foundation.Pipe()
        process.standardOutput = out
        process.standardError = err
        try process.run()
        let printed = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let said = String(decoding: err.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, printed, said)
    }
}
