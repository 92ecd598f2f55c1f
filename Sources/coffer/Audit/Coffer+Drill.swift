import ArgumentParser
import Drill
import Foundation
import S3
import Sealing

/// Runs the leak drill: it opens every ACL, copies every store and checks that only ciphertext leaks.
struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill", abstract: "Open every ACL on a copy and look for plaintext.",
        discussion: """
            Copies every store and gives the copy mode 0777; looks for canaries that it sealed itself and for all that \
            the granted job really reads, raw, as UTF-16, base64 and hex, also inside zstd frames and pictures; then \
            withholds consent, each broker group, the log entry and the job key in turn and tries with all the others. \
            Last it shows that it would have succeeded: with all of them the job reads, and a canary in clear is \
            found. It reports only what it has tried. Exit 0: nothing was found and nothing opened; 1: something was.

            The folder has one subfolder per machine: charter, servers/NAME, storage/NAME, org/NAME (keys), lake, log, \
            and homes of people and jobs. Nothing in it is changed, and no server need run: the drill runs the copy's \
            own. COFFER_JOB_KEY names the key of a job with a live grant. With --lake the drill reads every object of \
            another lake, without any key, in place of the folder's own.

            The limit: with a threshold's storage keys in every group, stolen stores open. The drill shows that too.
            """)

    @Option(
        name: .long, help: ArgumentHelp("The folder with every store; this folder by default.", valueName: "copy"))
    var on = "."

    @OptionGroup var lake: LakeOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let scratch = try Self.scratch()
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let isQuiet = output.json
        let drill = try Drill(
            on: URL(filePath: on).path, scratch: scratch,
            lake: try lake.lake.map { try LakeOpener($0, access: .everyone).open($0) }, job: try JobContext.key(Home()),
            now: Now.milliseconds
        ) { if !isQuiet { Output.talk($0.shown) } }
        let report = try await drill.run()
        output.data("drill", Self.members(report), text: Self.text(report))
        if !report.isPassed { throw ExitCode(CofferError.Code.no.rawValue) }
    }

    /// Creates a folder (mode 0700) for the copy, whose files get mode 0777.
    private static func scratch() throws -> String {
        var template = Array((NSTemporaryDirectory() + "/coffer-drill.XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CofferError(
                .configuration, "A folder for temporary files cannot be made.",
                hint: "Set TMPDIR to a folder with free space.")
        }
        return String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func members(_ report: DrillReport) -> [(String, JSONValue)] {
        [
            ("passed", .boolean(report.isPassed)), ("hits", .integer(report.hits.count)),
            ("control", .integer(report.control)), ("controlExpected", .integer(report.controlExpected)),
            ("files", .integer(report.files)), ("bytes", .integer(report.bytes)),
            ("unpacked", .integer(report.unpacked)), ("canaries", .integer(report.canaries)),
            ("forms", .integer(report.forms)),
            (
                "found",
                .array(
                    report.hits.map {
                        .object([
                            ("canary", .string($0.canary)), ("form", .string($0.form)), ("path", .string($0.path)),
                            ("place", .string($0.place)),
                        ])
                    })
            ),
            ("all", attempt(report.all)), ("attempts", .array(report.attempts.map(attempt))),
            ("limit", attempt(report.limit)),
        ]
    }

    private static func attempt(_ attempt: Attempt) -> JSONValue {
        .object([
            ("withheld", .string(attempt.withheld)), ("how", .string(attempt.how)),
            ("opened", .integer(attempt.opened)), ("samples", .integer(attempt.samples)),
            ("stopped", .string(attempt.stopped)),
        ])
    }

    private static func text(_ report: DrillReport) -> String {
        var lines = [
            "stores    \(report.files) files, \(report.bytes) bytes, everything 0777",
            "search    \(report.canaries) canaries in \(report.forms) forms, \(report.unpacked) frames unpacked: \(report.hits.count) hits",
        ]
        lines += report.hits.map { "  FOUND   \($0.canary) as \($0.form) in \($0.path.shown) (\($0.place.shown))" }
        lines.append("control   in clear: \(report.control) of \(report.controlExpected) found")
        for attempt in report.attempts {
            let verdict = attempt.opened == 0 && attempt.samples == 0 ? "nothing" : "OPENED \(attempt.opened)"
            lines.append("without   \(attempt.withheld) (\(attempt.how)): \(verdict); \(attempt.stopped)")
        }
        lines.append("with all  \(report.all.opened) pages, \(report.all.samples) samples opened")
        lines.append("limit     \(report.limit.how): \(report.limit.opened) opened, as the design says")
        lines.append(report.isPassed ? "passed" : "FAILED")
        return lines.joined(separator: "\n")
    }
}
