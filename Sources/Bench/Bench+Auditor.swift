import CofferTestKit
import Foundation

extension Bench.Audit {
    /// What an auditor waits for: each command is a process of its own, over a mirror's folder. Its first run replays the
    /// whole log; the later ones start from what that one kept.
    func auditor(_ count: Int, _ log: String, coffer: String, into report: inout BenchReport) throws {
        let home = options.directory + "/auditor"
        let charter = options.directory + "/auditor-charter"
        try Data(LargeLog.charterNote).write(to: URL(fileURLWithPath: charter))
        func seconds(_ command: [String]) throws -> Double {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: coffer)
            process.arguments = ["audit"] + command + ["--ledger", log, "--charter", charter]
            process.environment = ["COFFER_HOME": home, "HOME": home, "PATH": "/usr/bin:/bin"]
            let errors = Pipe()
            process.standardOutput = FileHandle.nullDevice
            process.standardError = errors
            let start = ContinuousClock.now
            try process.run()
            let said = errors.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                throw BenchError("audit \(command[0]): \(String(decoding: said.suffix(500), as: UTF8.self))")
            }
            return (ContinuousClock.now - start) / .seconds(1)
        }
        let rounds = options.rounds ?? (options.quick ? 1 : 5)
        for command in [["explain", String(count / 2)], ["policy"], ["affected"]] {
            let first = try seconds(command)
            let times = try (0..<rounds).map { _ in try seconds(command) }
            report.figures.append(
                Figure(
                    "coffer audit \(command[0]) over \(number(Double(count))) entries", "s", times,
                    against: "its first run", [first], goal: .atMost(1)))
            report.fields.append(("\(command[0])Seconds", Figure.Spread(times).median))
        }
    }
}
