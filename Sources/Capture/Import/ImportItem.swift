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
    var place: ImportPlace
    /// The mark that the record brings along. Without it, it gets its recording's.
    var mark: RecordingMark?

    init(
        _ time: Milliseconds, _ app: AppName, _ content: RecordContent, _ place: ImportPlace,
        mark: RecordingMark? = nil
    ) {
        self.time = time
        self.app = app
        self.content = .record(content)
        self.place = place
        self.mark = mark
    }

    init(_ time: Milliseconds, _ app: AppName, image path: String, _ place: ImportPlace, mark: RecordingMark? = nil) {
        self.time = time
        self.app = app
        self.content = .image(path: path)
        self.place = place
        self.mark = mark
    }
}

/// What a file's reader needs to know.
struct ImportOptions {
    /// Replaces the recording's app, or names it where the recording has none.
    var app: AppName?
    /// The zone of times without one.
    var zone: ForeignTime
}

/// Takes what a file's reader finds, recording by recording.
protocol ImportSink: AnyObject {
    /// Whether it takes recordings that have their own times. If not, a reader may leave their items out.
    var takesTimed: Bool { get }
    /// A recording begins. Its times count from its start if it is relative. An unmarked one is a part of what was
    /// captured, as record lines are.
    func begin(isRelative: Bool, isMarked: Bool) throws(CofferError)
    func add(_ item: ImportItem) throws(CofferError)
    func end() throws(CofferError)
    /// Something that the format lets readers pass over.
    func passOver(_ what: String)
    /// A file that was read as a whole, by its hash.
    func read(_ file: Hash256)
}

extension ImportSink {
    var takesTimed: Bool { true }

    func begin(isRelative: Bool) throws(CofferError) { try begin(isRelative: isRelative, isMarked: true) }
}
