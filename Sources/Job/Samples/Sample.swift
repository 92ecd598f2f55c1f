package import Sealing

/// One step of a trajectory (CommandLine, "Samples"; the format page "Sample").
package struct Sample: Sendable {
    struct Size: Hashable, Sendable {
        let width: Int
        let height: Int
    }

    enum Content: Sendable {
        /// The step as pyautogui code.
        case action(code: String)
        /// A prompt with its role, or a terminal's text with its type.
        case text(label: String, text: String)
    }

    /// The values that all samples of one stream share.
    package struct Stream: Sendable {
        package let origin: String
        /// The grant's entry in the ledger.
        package let grant: UInt64
        /// The purpose's hash.
        package let purpose: Hash256
        /// The purpose as samples have it.
        let purposeText: String

        package init(origin: String, grant: UInt64, purpose: Hash256) {
            self.origin = origin
            self.grant = grant
            self.purpose = purpose
            purposeText = "sha256:" + purpose.hex
        }
    }

    /// A step of an imported trajectory as its file had it: the task's and the step's other members, as JSON.
    struct Kept: Hashable, Sendable {
        var task: String?
        var step: String?
    }

    let stream: Stream
    /// Its place in the person's day on this device, in the order of beginning.
    var step: Int
    let time: Milliseconds
    let source: SegmentSource
    /// First and last record in the segment.
    let records: ClosedRange<Int>
    let window: String?
    let screen: Size?
    let content: Content
    let events: [SampleJSON]
    let subject: String
    var episode: String
    /// Nil for what was not imported as steps.
    var kept: Kept?
    /// The last distinct frame before the action, in the stream's form; nil until it is drawn.
    package var image: Bytes?
    /// That frame while it is encoded.
    var picture: PictureWork?

    /// The sample with its image.
    func drawn() async throws(CofferError) -> Sample {
        guard let picture else { return self }
        var sample = self
        sample.image = try await picture.file()
        sample.picture = nil
        return sample
    }

    /// `<segment8>-<step:06d>`, no dots.
    package var key: String {
        let digits = String(step)
        return source.body.prefix8 + "-" + String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
    }

    /// The JSON object as one line without a newline. `image` is for formats that cannot put the image beside it.
    package func json(embeddingImage: Bool = false) -> Bytes { row.encoded(image: embeddingImage ? image ?? [] : nil) }

    private var row: SampleRow {
        var row = SampleRow(time: time, stream: stream)
        row.kind = source.kind.rawValue
        row.app = source.app.string
        row.window = window ?? ""
        if let screen { row.screen = screen }
        switch content {
        case .action(let code): row.code = code
        case .text(let label, let text):
            if source.kind == .prompt { row.role = label } else { row.type = label }
            row.text = text
        }
        row.events = events
        row.subject = subject
        row.episode = episode
        row.release = source.release
        row.page = Hex.encode(source.page.bytes)
        row.segment = source.body.hex
        row.records = records
        return row
    }
}
