import Records
import Sealing

/// What was on the screen when an action began.
struct ScreenContext: Sendable {
    /// The last frame before the action, if screens of the app are granted.
    let frame: ScreenFrame?
    /// The number of the app's frame, so that each frame is encoded only once.
    let frameNumber: Int
    let window: String?
}

/// An app's current frame and title.
struct AppScreen: Sendable {
    /// Segments that overlap in time are decoded beside each other; the one used last is the last.
    private var decoders: [(segment: Hash256, decoder: TileDecoder)] = []
    private static let maximumDecoders = 4
    private var frameNumber = 0
    private var encoded: (number: Int, picture: Bytes?)?
    var title: String?

    var context: ScreenContext {
        ScreenContext(frame: decoders.last?.decoder.frame, frameNumber: frameNumber, window: title)
    }

    /// Adds the tiles of one screen record; each segment begins with a key frame.
    mutating func take(_ tiles: TileSet, of source: SegmentSource) throws(FormatError) {
        var decoder = TileDecoder()
        if let place = decoders.firstIndex(where: { $0.segment == source.body }) {
            decoder = decoders.remove(at: place).decoder
        } else if decoders.count == Self.maximumDecoders {
            decoders.removeFirst()
        }
        try decoder.decode(tiles)
        decoders.append((source.body, decoder))
        frameNumber += 1
    }

    /// The context's frame as a picture.
    mutating func picture(_ context: ScreenContext, _ pictures: Pictures) throws(CofferError) -> Bytes? {
        guard let frame = context.frame else { return nil }
        if let encoded, encoded.number == context.frameNumber { return encoded.picture }
        let picture = try pictures.encode(frame)
        encoded = (context.frameNumber, picture)
        return picture
    }
}
