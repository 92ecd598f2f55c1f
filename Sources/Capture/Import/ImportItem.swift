import Records
import Sealing

/// One event of a recording.
struct ImportItem {
    enum Content {
        case record(RecordContent)
        /// A picture of the screen: the path of a PNG file, which is read only when it is sealed.
        case image(path: String)
    }

    /// Unix milliseconds, or milliseconds from the recording's start if that is not known.
    var time: Milliseconds
    var app: AppName
    var content: Content
}

/// A recording, completely read and checked.
struct Recording {
    /// Ordered by time; equal times in the file's order.
    var items: [ImportItem]
    /// Whether the times count from the recording's start.
    var isRelative: Bool

    init(_ items: [ImportItem], isRelative: Bool) {
        self.items = items.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
        self.isRelative = isRelative
    }
}
