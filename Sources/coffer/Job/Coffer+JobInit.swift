import ArgumentParser
import Client
import Foundation
import Keys
import Ledger
import Replica
import Sealing

/// Pins the ledger and makes the job's key.
struct JobInit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Pin the charter and make the job's key.",
        discussion: "The key is written to COFFER_JOB_KEY or into the home; only this user can read it.")

    @Argument(help: ArgumentHelp("The signed charter, or the ledger that serves it.", valueName: "file|url"))
    var charter: String

    @Option(name: .long, help: "What people call the job.")
    var name = "job"

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let home = try Home()
        let charter = try await charterFile()
        try home.create()
        try PinnedCharter.write(charter, home: home)
        let path = JobContext.keyPath(home)
        if !FileManager.default.fileExists(atPath: path) {
            try OrgKeyFile(role: .job, name: name).write(to: path)
        }
        let key = try JobContext.key(home)
        output.data(
            "job",
            [
                ("origin", .string(charter.pin.origin)), ("charter", .string(charter.hash.hex)),
                ("job", .string(key.publicKey.hex)), ("key", .string(path)),
            ],
            text: "job \(key.publicKey.hash.prefix8) of \(charter.pin.origin.shown), charter \(charter.hash.prefix8)")
    }

    private func charterFile() async throws -> CharterFile {
        guard charter.contains("://") else { return try CharterFile(readingFrom: charter) }
        return try CharterFile(parsing: try await LedgerClient(url: charter).charter().encoded)
    }
}
