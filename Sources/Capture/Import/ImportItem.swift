import Records
import Sealing

/// One thing that a recording says happened.
struct ImportItem {
    enum Content {
        case record(RecordContent)
        /// A picture of the screen, read when its turn comes: the path of a PNG file.
        case image(path: String)
    }

    /// Unix milliseconds, or milliseconds from the recording's start if that is not known.
    var time: Milliseconds
    var app: AppName
    var content: Content
}

/// A recording, read and checked as a whole.
struct Recording {
    /// In the order of their times; equal times in the file's order.
    var items: [ImportItem]
    /// Whether the times count from the recording's start.
    var isRelative: Bool

    init(_ items: [ImportItem], isRelative: Bool) {
        self.items = items.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
        self.isRelative = isRelative
    }
}
