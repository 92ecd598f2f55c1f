import Sealing

/// Turns the frames of one segment into tile sets: a key frame first, then only what changed.
package struct TileEncoder: Sendable {
    /// A larger tile set does not fit into a segment of 8 MiB.
    package static let maximumCompressed = 7 << 20

    /// The frame after the last tile set.
    package private(set) var latest: TiledFrame?

    package init() {}

    /// The next frame is a key frame: a new segment begins.
    package mutating func startSegment() { latest = nil }

    package mutating func encode(_ frame: ScreenFrame) throws(Zstd.ZstdError) -> TileSet? {
        try encode(TiledFrame(frame, sharing: latest))
    }

    /// The tiles that this frame changes; nil when it changes none or they do not fit into a segment.
    package mutating func encode(_ frame: TiledFrame) throws(Zstd.ZstdError) -> TileSet? {
        let base = latest.flatMap { $0.grid == frame.grid ? $0 : nil }
        let indices = frame.tiles.indices.filter { tile in
            base.map { !frame.isSame(tile, in: $0) } ?? (frame.tiles[tile] != nil)
        }
        if base != nil, indices.isEmpty { return nil }
        let pixels = indices.map { frame.tiles[$0] ?? .black }
        let compressed = try withExtendedLifetime(pixels) { () throws(Zstd.ZstdError) in
            try Zstd.compress(pixels.map(\.bytes))
        }
        guard compressed.count <= Self.maximumCompressed else { return nil }
        latest = frame
        return TileSet(
            width: frame.width, height: frame.height, isKey: base == nil, indices: indices, compressed: compressed)
    }
}
