import ArgumentParser
import CofferTestKit
import Foundation
import Glibc
import Ledger
import Replica
import Rules
import Sealing

extension Bench {
    /// Runs in a separate process, to measure its memory alone. It follows a log into its own folder, as a broker does,
    /// and prints its memory before, after and at the peak.
    struct Follow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(shouldDisplay: false)

        @Option var log: String
        @Option var store: String

        func run() async throws {
            let before = residentBytes(getpid()) ?? .nan
            let pin = Pin(origin: LargeLog.origin, charterHash: LargeLog.charter.hash, ledgerURL: "")
            let follower = Follower(
                pin: pin, store: LedgerDirectory(TileDirectory(path: store)),
                sources: [DirectorySource(TileDirectory(path: log))],
                evidence: EvidenceDirectory(path: store + "/evidence"),
                retention: .needed)
            let followed = try await follower.follow()
            let state = followed.state
            let memory = [
                "before": before, "after": residentBytes(getpid()) ?? .nan,
                "most": residentBytes(getpid(), "VmHWM:") ?? .nan,
            ]
            let counts = [
                "releases": state.acceptedReleases.count, "consents": state.consents.count,
                "pseudonyms": state.pseudonyms.count, "identities": state.accepted.count,
            ].mapValues(Double.init)
            let all = memory.merging(counts) { first, _ in first }
            print(String(decoding: try JSONEncoder().encode(all), as: UTF8.self))
        }
    }
}

/// Follows a log in a separate process, and returns its output.
func followed(log: String, into store: String) throws -> [String: Double] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["follow", "--log", log, "--store", store]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard let memory = try? JSONDecoder().decode([String: Double].self, from: output) else {
        throw BenchError("a follower ended early")
    }
    return memory
}
