import ArgumentParser
import CLinux
import Files
import Foundation
import Job
import Records
import S3
import Sealing

extension SampleFormatName: ExpressibleByArgument {}

extension ArgumentHelp {
    static let grant: ArgumentHelp =
        "The grant: its entry in the ledger, six or more digits of its hash, or its file."
}

/// The options of a stream.
struct StreamOptions: ParsableArguments {
    @Option(name: .long, help: .grant)
    var grant: String

    @Option(
        name: .long,
        help: ArgumentHelp("Only share i of n, counted from 0; a person's day is in one share.", valueName: "i/n"),
        transform: { text in
            guard let shard = Shard(text) else { throw ValidationError("a shard is i/n with 0 ≤ i < n") }
            return shard
        })
    var shard: Shard = .whole

    @Option(name: .long, help: "Only these kinds of those that the grant covers.")
    var kinds: CommaList?

    @Option(name: .long, help: "Only these apps of those that the grant covers.")
    var apps: CommaList?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only these UTC days of those that the grant covers, both ends included.", valueName: "from..to"))
    var days: DayRange?

    @Option(
        name: .long, help: ArgumentHelp("Also write what the stream has and lacks to this file.", valueName: "file"))
    var manifest: String?

    @Option(
        name: .long, help: ArgumentHelp("Also write a card with totals, as Markdown, to this file.", valueName: "file"))
    var card: String?

    @OptionGroup var lake: LakeOption

    @Flag(
        name: .long, help: "Take keys for the lake's store from the role of this machine or container, if need be.")
    var instanceCredentials = false

    /// The lake as this job reaches it.
    var lakes: LakeOpener { LakeOpener(lake.lake, access: .job(usesRole: instanceCredentials)) }

    /// The part of the grant, as it was given.
    var part: String {
        get throws {
            let kinds = try kinds?.kinds().map(\.rawValue).joined(separator: ",") ?? "*"
            let apps = try apps?.apps().map(\.string).joined(separator: ",") ?? "*"
            return "\(kinds) \(apps) \(days.map { "\($0.from)-\($0.until)" } ?? "*")"
        }
    }

    func selection() throws -> Selection {
        Selection(kinds: try kinds?.kinds(), apps: try apps?.apps(), days: days.map { $0.from...$0.until })
    }
}

/// The form of a stream.
struct FormatOptions: ParsableArguments {
    @Option(
        name: .long,
        help:
            "tar: WebDataset. jsonl: one sample per line, images in base64. agentnet: its JSON lines and images, in a tar."
    )
    var format: SampleFormatName = .tar

    @Option(
        name: .long,
        help: "The form of the screens' images. jpeg has quality 90, webp loses nothing, raw is a NumPy array.")
    var images: ImageOption = .png

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Make the images smaller: their sides times this number above 0, at most 1.", valueName: "number"),
        transform: { text in
            guard let scale = PictureScale(text) else {
                throw ValidationError("a scale is a number above 0 and at most 1, to three decimals: 0.5")
            }
            return scale
        })
    var scale: PictureScale = .whole

    @Flag(
        name: .long,
        help:
            "End the samples with one more row that holds the manifest, so that a cut end shows, and no share is empty."
    )
    var manifestRow = false

    var pictures: Pictures { Pictures(PictureForm(rawValue: images.rawValue), scale: scale) }

    /// What two streams must have in common to be one.
    var form: String { "\(format.rawValue) \(images.rawValue) \(scale)" }

    func samples(into sink: any ByteSink) throws(CofferError) -> any SampleFormat {
        try format.format(into: sink, hasManifestRow: manifestRow)
    }
}

/// The forms of images; none leaves them out.
enum ImageOption: String, CaseIterable, ExpressibleByArgument {
    case png, jpeg, webp, raw, none
}

/// Writes samples to stdout.
struct JobOpen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Write the samples of a grant to stdout.",
        discussion: """
            Every access is logged before any key is given. The stream ends properly only if everything was opened \
            and, at a last look at the ledger, nothing had ended: otherwise the exit is not 0, a tar has no trailer \
            and ends inside its last member, and JSON lines end inside their last line.
            """)

    @OptionGroup var stream: StreamOptions
    @OptionGroup var drop: DropOptions
    @OptionGroup var sharing: EpochOptions
    @OptionGroup var format: FormatOptions

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Write to this file, in memory, instead of stdout, and only whole.", valueName: "file"))
    var file: String?

    @Flag(name: .long, help: "Accept that the file lies on a disk.")
    var allowDisk = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        if let file {
            try requireMemory(file)
        } else if format.format != .jsonl, isatty(STDOUT_FILENO) == 1 {
            throw CofferError(
                .usage, "A tar is not written to a terminal.", hint: "Pipe it into a program, or use --format jsonl.")
        }
        let job = try await JobStream(
            options: stream, format: format, drop: drop, sharing: sharing, output: output
        ).prepare()
        let checkpoints = try job.checkpoints()
        guard let file else {
            let summary = try await job.open(
                into: DescriptorSink(STDOUT_FILENO), checkpoints)
            JobStream.say(summary, output)
            return try summary.requireNothingMustGo()
        }
        let sink = try StreamFile(file, keepsPart: checkpoints != nil, from: checkpoints?.bytesBefore ?? 0)
        var summary = try await job.open(into: sink, checkpoints, ifSamplesMustGo: .none)
        while !summary.mustGo.isEmpty {
            JobStream.say(summary, output)
            try checkpoints?.restart()
            try sink.cut(to: 0)
            summary = try await job.open(into: sink, checkpoints, ifSamplesMustGo: .none)
        }
        try sink.finish()
        JobStream.say(summary, output)
    }

    /// Samples reach a disk only by choice.
    private func requireMemory(_ path: String) throws {
        guard !OutputFile.isStream(path) else {
            throw CofferError(.usage, "\(path) is a pipe or a device.", hint: "Leave -o out, and use stdout.")
        }
        guard allowDisk || coffer_is_in_memory(Durable.split(path).directory) != 0 else {
            throw CofferError(
                .configuration, "\(path) would lie on a disk.", rule: "run.disk",
                hint: "Name a file on a tmpfs such as /dev/shm, or accept it with --allow-disk.")
        }
    }
}

/// One stream of a granted job.
struct JobStream {
    let options: StreamOptions
    let format: FormatOptions
    let drop: DropOptions
    let sharing: EpochOptions
    let output: OutputOptions

    /// A grant and what its epoch needs. Nothing is asked for yet.
    struct Prepared {
        let epoch: Epoch
        let grant: Hash256
        let options: StreamOptions
        let format: FormatOptions
        let sharing: EpochOptions
        /// Where the epoch's secret lies, if workers share it.
        let file: EpochFile?

        func checkpoints() throws -> Checkpoints? {
            guard let path = sharing.checkpoint else { return nil }
            guard format.format != .agentnet else {
                throw CofferError(
                    .usage, "A stream of AgentNet's files cannot go on later: its lines come after all images.",
                    rule: "checkpoint.format")
            }
            return try Checkpoints(
                path, grant: grant, shard: options.shard,
                form: try [format.form, options.part].joined(separator: " "), isResuming: sharing.resume)
        }

        func open(
            into sink: any ByteSink, _ checkpoints: Checkpoints? = nil,
            ifSamplesMustGo ending: Epoch.Ending = .marked
        ) async throws -> Epoch.Summary {
            let counted = CountedSink(sink)
            checkpoints?.sink = counted
            do {
                let summary = try await epoch.open(
                    grant: grant, as: try format.samples(into: counted), ifSamplesMustGo: ending,
                    checkpoints: checkpoints
                ) { manifest throws(CofferError) in
                    if let path = options.manifest { try OutputFile.write(manifest.encoded, to: path, mode: 0o600) }
                    if let path = options.card { try OutputFile.write(DataCard(manifest).encoded, to: path) }
                }
                if ending == .none, !summary.mustGo.isEmpty { return summary }
                checkpoints?.finish()
                try file?.finish(options.shard)
                return summary
            } catch {
                if Self.isFinal(error) { file?.erase() }
                throw error
            }
        }

        /// Whether no worker can bring the epoch to its end. Tomorrow's budget may do.
        private static func isFinal(_ error: CofferError) -> Bool {
            error.code == .tampering || error.code == .refused && error.rule != "release.budget"
        }
    }

    func prepare() async throws -> Prepared {
        // Bodies and frames come and go on several threads.
        coffer_return_large_memory()
        // What cannot be is refused before anything is asked for.
        _ = try format.samples(into: MemorySink())
        let selection = try options.selection()
        let session = try await JobContext()
        let view = try await session.ledger.view()
        let grant = try session.grant(options.grant, in: view)
        let isQuiet = output.json
        let file = try sharing.epoch.map { path in
            try EpochFile(path, grant: grant, now: Now.milliseconds()) { coffer_is_in_memory($0) != 0 }
        }
        let epoch = try session.epoch(
            view, shard: options.shard, selection, format.pictures, lakes: options.lakes,
            secret: file?.secret ?? EpochSecret(), drop: drop.rules
        ) { if !isQuiet { Output.talk($0.shown) } }
        return Prepared(epoch: epoch, grant: grant, options: options, format: format, sharing: sharing, file: file)
    }

    /// Prints figures on stderr, because stdout carries the stream.
    static func say(_ summary: Epoch.Summary, _ output: OutputOptions) {
        let figures = "\(summary.samples) samples of \(summary.pages) pages, \(summary.releases) releases"
        let text = (summary.sentences + [figures]).joined(separator: "\n")
        let members: [(String, JSONValue)] =
            [
                ("schema", "coffer.opened.v1"), ("samples", .integer(summary.samples)),
                ("pages", .integer(summary.pages)),
                ("releases", .integer(summary.releases)), ("consents", .integer(summary.consents)),
                (
                    "open",
                    .array(
                        summary.open.consents.sorted { $0.key < $1.key }.map { week, count in
                            .object([("week", .string(Output.date(week))), ("consents", .integer(count))])
                        })
                ),
            ] + summary.droppedMembers
        Output.talk(output.json ? JSONValue.object(members).text : text)
    }
}
