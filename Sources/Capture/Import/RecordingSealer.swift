import Files
import Records
import Sealing
import Vault

/// Seals one file's recordings as they are read. What is sealed waits in a file without a name until all of it is.
final class RecordingSealer: ImportSink {
    /// How many records may come out of the order of their times, and how many bytes of text they may hold.
    private static let maximumDisorder = 16_384
    private static let maximumHeld = 16 << 20
    /// How many bytes of records may wait for their segments' ends.
    private static let maximumBuilding = 48 << 20

    private struct Waiting {
        let item: ImportItem
        /// The order in the file.
        let order: Int
    }

    private let sealer: SegmentSealer
    private let now: Milliseconds
    private let placesAll: Bool
    private let segments: SegmentSpool

    private(set) var summary = ImportSealer.ImportSummary()
    private(set) var cursor: Milliseconds
    /// A hash of everything that was read.
    private(set) var hash = Hash256.zero

    private var isPlaced = false
    private var isMarked = false
    private var mark = RecordingMark.fresh()
    private var waiting: [Waiting] = []
    private var waitingBytes = 0
    private var nextOrder = 0
    private var held: ImportItem?
    /// The recording's first time, and that of the last record that was taken from the waiting ones.
    private var first: Milliseconds?
    private var latest: Milliseconds = 0
    private var isFirst = true
    private var began: Milliseconds = 0

    init(_ sealer: SegmentSealer, now: Milliseconds, cursor: Milliseconds, placesAll: Bool) throws(CofferError) {
        self.sealer = sealer
        self.now = now
        self.cursor = cursor
        self.placesAll = placesAll
        segments = try SegmentSpool(sealer, now: now, maximumWaiting: Self.maximumBuilding)
    }

    func begin(isRelative: Bool, isMarked: Bool) {
        isPlaced = isRelative || placesAll
        self.isMarked = isMarked
        mark = RecordingMark.fresh()
        first = nil
        latest = 0
        isFirst = true
    }

    func add(_ item: ImportItem) throws(CofferError) {
        guard item.time >= latest else {
            throw CofferError(
                .usage,
                "A record goes back in time by more than \(Self.maximumDisorder) records, at "
                    + "\(item.place.description).", rule: "import.order",
                hint: "Nothing of it was imported. Sort the file by its times.")
        }
        waiting.append(Waiting(item: item, order: nextOrder))
        nextOrder += 1
        waitingBytes += item.byteCount
        if waiting.count >= 2 * Self.maximumDisorder || waitingBytes > Self.maximumHeld {
            try settle(waiting.count / 2)
        }
    }

    func end() throws(CofferError) {
        try settle(waiting.count)
        if let last = held {
            try seal(last, isLast: true)
            held = nil
            summary.recordings += 1
            if isPlaced { cursor += latest - (first ?? latest) + ImportSpan.gap }
        }
    }

    func passOver(_ what: String) { summary.passed[what, default: 0] += 1 }

    func read(_ file: Hash256) { hash = Hash256(of: hash.bytes + file.bytes) }

    /// Takes the earliest waiting records, this many.
    private func settle(_ count: Int) throws(CofferError) {
        waiting.sort { ($0.item.time, $0.order) < ($1.item.time, $1.order) }
        for next in waiting.prefix(count) {
            if let before = held { try seal(before, isLast: false) }
            held = next.item
            latest = next.item.time
            if first == nil { first = next.item.time }
            waitingBytes -= next.item.byteCount
        }
        waiting.removeFirst(count)
    }

    private func seal(_ item: ImportItem, isLast: Bool) throws(CofferError) {
        let time = isPlaced ? cursor + (item.time - (first ?? item.time)) : item.time
        summary.records += 1
        summary.from = min(summary.from, time)
        summary.until = max(summary.until, time)
        var mark = item.mark
        if isMarked {
            let edge: RecordingMark.Edge? =
                switch (isFirst, isLast) {
                case (true, true): .both
                case (true, false): .begin
                case (false, true): .end
                case (false, false): nil
                }
            mark = RecordingMark(id: self.mark.id, edge: edge)
        }
        isFirst = false
        switch item.content {
        case .record(let content):
            try segments.add(content.record(at: time, mark: mark), content.kind, item.app, item.place)
        case .image(let path):
            // Each picture of a recording becomes a key frame.
            var encoder = TileEncoder()
            let picture = try ImportPicture(path, at: item.place)
            read(picture.hash)
            let frame = try picture.frame()
            guard let tiles = try? encoder.encode(frame) else { throw picture.wrong("is too large for a segment") }
            try segments.add(RecordContent.screen(tiles).record(at: time, mark: mark), .screen, item.app, item.place)
        }
    }

    /// Seals what is left.
    func finish() throws(CofferError) {
        try segments.finish()
        summary.segments = segments.count
    }

    func store() throws(CofferError) { try segments.store() }
}

extension ImportItem {
    /// About how much memory it takes.
    fileprivate var byteCount: Int {
        switch content {
        case .record(.prompt(let content)): 128 + content.text.utf8.count
        case .record(.terminal(let content)): 128 + content.text.utf8.count
        case .record(.step): 4096
        case .record, .image: 128
        }
    }
}
