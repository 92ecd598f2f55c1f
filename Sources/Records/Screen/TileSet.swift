package import Sealing

/// The content of one `screen` record: the tiles that changed, or, in a key frame, all that are not black.
///
///     JSON   {"w":…,"h":…,"key":…,"tiles":[index…]}      indices ascending
///     tiles  one zstd frame of the tiles' bytes in that order
///
/// A key frame starts from a black screen, any other from the frame before it and changes at least one tile. Every
/// segment starts with a key frame.
package struct TileSet: Hashable, Sendable {
    package let width: Int
    package let height: Int
    package let isKey: Bool
    package let indices: [Int]
    /// The zstd frame.
    package let compressed: Bytes

    /// How many pixels a reader writes for it: the whole screen for a key frame, else those of its tiles.
    package var pixelCount: Int {
        isKey ? width * height : indices.count * TileGrid.side * TileGrid.side
    }

    /// How many rows of tiles the screen has. Each is a part of a picture that can be joined from parts.
    package var bandCount: Int { TileGrid(width: width, height: height).rows }

    /// The rows of tiles that it changes, or nil for all of them.
    package var changedBands: Set<Int>? {
        guard !isKey else { return nil }
        let columns = TileGrid(width: width, height: height).columns
        return Set(indices.map { $0 / columns })
    }

    /// The object of the record.
    package var object: CanonicalJSON {
        .object([
            .init("w", .integer(UInt64(width))), .init("h", .integer(UInt64(height))), .init("key", .boolean(isKey)),
            .init("tiles", .array(indices.map { .integer(UInt64($0)) })),
        ])
    }

    init(width: Int, height: Int, isKey: Bool, indices: [Int], compressed: Bytes) {
        self.width = width
        self.height = height
        self.isKey = isKey
        self.indices = indices
        self.compressed = compressed
    }

    /// Parses a record's content and checks all that can be checked without decompressing.
    package init(parsing json: Bytes, compressed: Bytes) throws(FormatError) {
        var mark: RecordingMark?
        try self.init(parsing: json, compressed: compressed, mark: &mark)
    }

    init(parsing json: Bytes, compressed: Bytes, mark: inout RecordingMark?) throws(FormatError) {
        var reader = try CanonicalObject(parsing: json)
        let side = UInt64(ScreenFrame.maximumSide)
        width = Int(try reader.integer("w", atMost: side))
        height = Int(try reader.integer("h", atMost: side))
        isKey = try reader.boolean("key")
        guard ScreenFrame.isPossible(width: width, height: height) else { throw .outOfBounds }
        let count = TileGrid(width: width, height: height).count
        var indices: [Int] = []
        for integer in try reader.integers("tiles", atMost: count, each: UInt64(max(count, 1) - 1)) {
            guard Int(integer) > indices.last ?? -1 else { throw .notCanonical }
            indices.append(Int(integer))
        }
        guard isKey || !indices.isEmpty else { throw .notCanonical }
        mark = try RecordingMark.finish(&reader)
        self.indices = indices
        self.compressed = compressed
    }
}
