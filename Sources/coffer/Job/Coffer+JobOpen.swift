import ArgumentParser
import Files
import Foundation
import Job
import Records
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

    func samples(into sink: any ByteSink) throws -> any SampleFormat {
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
    @OptionGroup var format: FormatOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if format.format != .jsonl, isatty(STDOUT_FILENO) == 1 {
            throw CofferError(
                .usage, "A tar is not written to a terminal.", hint: "Pipe it into a program, or use --format jsonl.")
        }
        let samples = try format.samples(into: DescriptorSink(STDOUT_FILENO))
        let job = try await JobStream(options: stream, pictures: format.pictures, output: output).prepare()
        let summary = try await job.open(as: samples)
        JobStream.say(summary, output)
    }
}

/// One stream of a granted job.
struct JobStream {
    let options: StreamOptions
    let pictures: Pictures
    let output: OutputOptions

    /// A grant and what its epoch needs. Nothing is asked for yet.
    struct Prepared {
        let epoch: Epoch
        let grant: Hash256
        let options: StreamOptions

        func open(as format: any SampleFormat) async throws -> Epoch.Summary {
            try await epoch.open(grant: grant, as: format) { manifest throws(CofferError) in
                if let path = options.manifest { try OutputFile.write(manifest.encoded, to: path, mode: 0o600) }
                if let path = options.card { try OutputFile.write(DataCard(manifest).encoded, to: path) }
            }
        }
    }

    func prepare() async throws -> Prepared {
        let selection = try options.selection()
        let session = try await JobContext()
        let view = try await session.ledger.view()
        let grant = try session.grant(options.grant, in: view)
        let isQuiet = output.json
        let epoch = try session.epoch(view, shard: options.shard, selection, pictures) {
            if !isQuiet { Output.talk($0.shown) }
        }
        return Prepared(epoch: epoch, grant: grant, options: options)
    }

    /// Prints figures on stderr, because stdout carries the stream.
    static func say(_ summary: Epoch.Summary, _ output: OutputOptions) {
        let text = "\(summary.samples) samples of \(summary.pages) pages, \(summary.releases) releases logged"
        let members: [(String, JSONValue)] = [
            ("schema", "coffer.opened.v1"), ("samples", .integer(summary.samples)), ("pages", .integer(summary.pages)),
            ("releases", .integer(summary.releases)), ("consents", .integer(summary.consents)),
            (
                "open",
                .array(
                    summary.open.consents.sorted { $0.key < $1.key }.map { week, count in
                        .object([("week", .string(Output.date(week))), ("consents", .integer(count))])
                    })
            ),
        ]
        Output.talk(output.json ? JSONValue.object(members).text : text)
    }
}
