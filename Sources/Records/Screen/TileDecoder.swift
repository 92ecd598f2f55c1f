import Glibc
package import Sealing

/// Turns the tile sets of one segment back into frames. It changes the frame in place, so that a record costs what its
/// tiles cost, unless the caller holds on to the frame before it.
package struct TileDecoder: Sendable {
    /// The frame after the last tile set.
    package private(set) var frame: ScreenFrame?

    package init() {}

    /// Plays this tile set. The first of a segment must be a key frame. After an error the frame is the one before it.
    @discardableResult
    package mutating func decode(_ set: TileSet) throws(FormatError) -> ScreenFrame {
        if !set.isKey {
            guard let frame, frame.width == set.width, frame.height == set.height else { throw .notCanonical }
        }
        let tiles = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(set.indices.count, 1) * TileGrid.tileBytes, alignment: 16)
        defer {
            if let start = tiles.baseAddress { explicit_bzero(start, tiles.count) }
            tiles.deallocate()
        }
        try Zstd.decompress(
            set.compressed, into: .init(rebasing: tiles[..<(set.indices.count * TileGrid.tileBytes)]))
        let grid = TileGrid(width: set.width, height: set.height)
        for (place, tile) in set.indices.enumerated() {
            let start = place * TileGrid.tileBytes
            guard grid.isBlankBeyondEdge(tile, .init(rebasing: tiles[start..<start + TileGrid.tileBytes])) else {
                throw .notCanonical
            }
        }
        var next: ScreenFrame
        if !set.isKey, let frame {
            next = frame
            // Only one reference may be left, or the change copies the whole frame.
            self.frame = nil
        } else {
            next = try ScreenFrame(width: set.width, height: set.height)
        }
        next.change(replacing: grid.wholeBands(in: set.indices)) { pixels in
            guard let to = pixels.baseAddress, let from = tiles.baseAddress else { return }
            for (place, tile) in set.indices.enumerated() {
                grid.forEachRow(of: tile) { screen, offset, length in
                    memcpy(to + screen, from + place * TileGrid.tileBytes + offset, length)
                    return true
                }
            }
        }
        frame = next
        return next
    }
}
