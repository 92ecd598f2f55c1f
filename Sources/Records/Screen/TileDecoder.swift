import Glibc
package import Sealing

/// Turns the tile sets of one segment back into frames.
package struct TileDecoder: Sendable {
    private var last: ScreenFrame?

    package init() {}

    /// The frame after this tile set. The first of a segment must be a key frame.
    package mutating func decode(_ set: TileSet) throws(FormatError) -> ScreenFrame {
        let base = set.isKey ? nil : last
        if !set.isKey {
            guard let base, base.width == set.width, base.height == set.height else { throw .notCanonical }
        }
        let tiles = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(set.indices.count, 1) * TileGrid.tileBytes, alignment: 16)
        defer {
            if let start = tiles.baseAddress { explicit_bzero(start, tiles.count) }
            tiles.deallocate()
        }
        try Zstd.decompress(
            set.compressed, into: .init(rebasing: tiles[..<(set.indices.count * TileGrid.tileBytes)]))
        let frame = try ScreenFrame(width: set.width, height: set.height) { pixels in
            guard let to = pixels.baseAddress, let from = tiles.baseAddress else { return }
            base?.withPixels { old in
                if let start = old.baseAddress { memcpy(to, start, old.count) }
            }
            let grid = TileGrid(width: set.width, height: set.height)
            for (place, tile) in set.indices.enumerated() {
                grid.forEachRow(of: tile) { screen, offset, length in
                    memcpy(to + screen, from + place * TileGrid.tileBytes + offset, length)
                    return true
                }
            }
        }
        last = frame
        return frame
    }
}
