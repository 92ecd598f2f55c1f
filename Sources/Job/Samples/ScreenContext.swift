import Records
import Sealing

/// What was on the screen when an action began.
struct ScreenContext: Sendable {
    /// The last frame before the action, if screens of the app are granted.
    let frame: ScreenFrame?
    /// The number of the app's frame, so that each frame is encoded only once.
    let frameNumber: Int
    /// The number of the frame that last changed each row of tiles.
    let marks: [Int]
    let window: String?
}

/// An app's current frame and title.
struct AppScreen: Sendable {
    /// Segments that overlap in time are decoded beside each other; the one used last is the last.
    private var segments: [Segment] = []
    private static let maximumSegments = 4
    private var frameNumber = 0
    private var encoded: (number: Int, work: PictureWork)?
    var title: String?

    fileprivate struct Segment: Sendable {
        let body: Hash256
        var decoder = TileDecoder()
        var marks: [Int] = []
    }

    var context: ScreenContext {
        let last = segments.last
        return ScreenContext(
            frame: last?.decoder.frame, frameNumber: frameNumber, marks: last?.marks ?? [], window: title)
    }

    /// Adds the tiles of one screen record; each segment begins with a key frame.
    mutating func take(_ tiles: TileSet, of source: SegmentSource) throws(FormatError) {
        var segment = Segment(body: source.body)
        if let place = segments.firstIndex(where: { $0.body == source.body }) {
            segment = segments.remove(at: place)
        } else if segments.count == Self.maximumSegments {
            segments.removeFirst()
        }
        try segment.decoder.decode(tiles)
        frameNumber += 1
        segment.mark(tiles, number: frameNumber)
        segments.append(segment)
    }

    /// The context's frame as a picture, and whether it is one that was not begun before.
    mutating func picture(_ context: ScreenContext, _ pictures: Pictures) -> (work: PictureWork, isNew: Bool)? {
        guard let frame = context.frame, let form = pictures.form else { return nil }
        if let encoded, encoded.number == context.frameNumber { return (encoded.work, false) }
        let work = PictureWork(frame, marks: context.marks, pictures, form: form, before: encoded?.work)
        encoded = (context.frameNumber, work)
        return (work, true)
    }
}

extension AppScreen.Segment {
    /// Notes which rows of tiles this frame changes.
    fileprivate mutating func mark(_ tiles: TileSet, number: Int) {
        guard let changed = tiles.changedBands else {
            marks = Array(repeating: number, count: tiles.bandCount)
            return
        }
        for band in changed { marks[band] = number }
    }
}
