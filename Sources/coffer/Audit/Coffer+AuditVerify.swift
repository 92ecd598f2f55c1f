import ArgumentParser
import Audit
import Client
import Files
import Foundation
import Ledger
import Replica
import Rules
import Sealing

/// Verifies a log, or a file of evidence.
struct AuditVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a mirror, a server or a file of evidence.",
        discussion: """
            Checks signatures, quorum, root and every file, and decides every entry again. Exits 65 if anything is \
            wrong. A file of evidence that convicts its signers also exits 65; one that proves nothing, 1. Two checkpoints \
            are judged offline; what brokers signed about a state, by a replay of the ledger.
            """)

    @Argument(
        help: ArgumentHelp("A mirror's folder, a URL or a file of evidence.", valueName: "folder|url|file"))
    var place: String?

    @OptionGroup var pinned: PinOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let pin = try pinned.pin()
        let place = place ?? PinnedCharter.ledgerURL(pin)
        if place.contains("://") { return try await verifyServer(pin, place) }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: place, isDirectory: &isDirectory) else {
            throw CofferError(.notFound, "There is no \(place).")
        }
        if isDirectory.boolValue { try await verifyDirectory(pin, place) } else { try await verifyEvidence(pin, place) }
    }

    private func verifyServer(_ pin: Pin, _ url: String) async throws {
        let log = try await Auditor(pin: pin, source: ProgressSource(HTTPSource(url: url))).replay()
        say(log, pin, files: nil)
        guard log.isFresh(now: Now.milliseconds()) else {
            throw CofferError(
                .tryLater,
                "The log is valid, but its checkpoint is too old: it was cosigned \(Output.utc(log.cosigned)).",
                rule: "head.freshness",
                hint: "The ledger may have stopped, or it shows you an old checkpoint: check with a broker too.")
        }
    }

    private func verifyDirectory(_ pin: Pin, _ path: String) async throws {
        let directory = TileDirectory(path: path)
        let log = try await Auditor(pin: pin, source: ProgressSource(DirectorySource(directory))).replay()
        say(log, pin, files: try FolderCheck(directory).check(log))
    }

    private func say(_ log: Replayed, _ pin: Pin, files: FolderCheck.Files?) {
        let now = Now.milliseconds()
        var members: [(String, JSONValue)] = [
            ("origin", .string(pin.origin)), ("charter", .string(pin.charterHash.hex)),
            ("size", .integer(Int(clamping: log.checkpoint.size))), ("root", .string(log.checkpoint.root.hex)),
            ("accepted", .integer(Int(clamping: log.accepted))), ("refused", .integer(Int(clamping: log.refused))),
            ("cosigned", .integer(log.checkpoint.cosignatures.count)), ("cosigners", .integer(log.cosigners)),
            ("quorum", .integer(log.quorum)), ("head", .string(Output.rfc3339(log.cosigned))),
            ("fresh", .boolean(log.isFresh(now: now))), ("state", .string(log.state.digest.hex)),
        ]
        if let files { members += [("files", .integer(files.checked)), ("beyond", .integer(files.beyond))] }
        members.append(("basis", "beginning"))
        output.data(
            "verified", members,
            text: """
                ledger   \(pin.origin.shown), charter \(pin.charterHash.prefix8)
                entries  \(log.checkpoint.size): \(log.accepted) accepted, \(log.refused) refused
                checkpoint  root \(log.checkpoint.root.prefix8), cosigned by \(log.checkpoint.cosignatures.count) of \
                \(log.cosigners) (\(log.quorum) needed), \(Output.utc(log.cosigned))
                state    \(log.state.digest.prefix8)\(files.map { ", \($0.checked) files verified" } ?? "")
                basis    replayed from the beginning\(files.map(Self.beyond) ?? "")
                """)
    }

    private static func beyond(_ files: FolderCheck.Files) -> String {
        files.beyond == 0
            ? ""
            : "\n\(files.beyond) more files hold later entries. This checkpoint does not cover them, so nothing vouches for them."
    }

    private func verifyEvidence(_ pin: Pin, _ path: String) async throws {
        let file = try pinned.file()
        let bytes = try InputFile.read(path, atMost: 64 << 20)
        guard StateEvidence.isOne(bytes) else { throw try EvidenceFile(parsing: bytes).judge(file).error }
        // Two checkpoints can be judged offline; to judge a state, the log is needed.
        let evidence = try StateEvidence(parsing: bytes)
        let auditor = Auditor(pin: pin, source: HTTPSource(url: PinnedCharter.ledgerURL(pin)))
        throw evidence.verdict(by: try await auditor.replay(retention: .needed, remembering: evidence.sizes))
    }
}
