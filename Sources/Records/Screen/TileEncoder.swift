import Glibc
import Sealing

/// Turns the frames of one segment into tile sets: a key frame first, then only what changed.
package struct TileEncoder: Sendable {
    /// A larger tile set does not fit into a segment of 8 MiB.
    package static let maximumCompressed = 7 << 20

    private var last: ScreenFrame?

    /// The frame after the last tile set.
    package var latest: ScreenFrame? { last }

    package init() {}

    /// The next frame is a key frame: a new segment begins.
    package mutating func startSegment() { last = nil }

    /// The tiles that this frame changes; nil when it changes none or they do not fit into a segment.
    package mutating func encode(_ frame: ScreenFrame) throws(Zstd.ZstdError) -> TileSet? {
        let grid = TileGrid(width: frame.width, height: frame.height)
        let base = last.flatMap { $0.width == frame.width && $0.height == frame.height ? $0 : nil }
        let indices = (0..<grid.count).filter { Self.differs($0, of: grid, frame, base) }
        if base != nil, indices.isEmpty { return nil }
        let compressed = try Self.compress(indices, of: grid, frame)
        guard compressed.count <= Self.maximumCompressed else { return nil }
        last = frame
        return TileSet(
            width: frame.width, height: frame.height, isKey: base == nil, indices: indices, compressed: compressed)
    }

    /// Whether a tile differs from the same tile of `base`, or from black without a `base`.
    private static func differs(_ tile: Int, of grid: TileGrid, _ frame: ScreenFrame, _ base: ScreenFrame?) -> Bool {
        frame.withPixels { pixels in
            guard let new = pixels.baseAddress else { return false }
            func compare(_ old: (Int) -> UnsafeRawPointer) -> Bool {
                var differs = false
                grid.forEachRow(of: tile) { screen, _, length in
                    differs = memcmp(new + screen, old(screen), length) != 0
                    return !differs
                }
                return differs
            }
            guard let base else { return black.withUnsafeBytes { row in compare { _ in row.baseAddress ?? new } } }
            return base.withPixels { old in compare { (old.baseAddress ?? new) + $0 } }
        }
    }

    /// One row of a black tile.
    private static let black = Bytes(repeating: 0, count: TileGrid.side * 3)

    private static func compress(_ indices: [Int], of grid: TileGrid, _ frame: ScreenFrame) throws(Zstd.ZstdError)
        -> Bytes
    {
        let tiles = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(indices.count, 1) * TileGrid.tileBytes, alignment: 16)
        defer {
            if let start = tiles.baseAddress { explicit_bzero(start, tiles.count) }
            tiles.deallocate()
        }
        tiles.initializeMemory(as: UInt8.self, repeating: 0)
        frame.withPixels { pixels in
            guard let from = pixels.baseAddress, let to = tiles.baseAddress else { return }
            for (place, tile) in indices.enumerated() {
                grid.forEachRow(of: tile) { screen, offset, length in
                    memcpy(to + place * TileGrid.tileBytes + offset, from + screen, length)
                    return true
                }
            }
        }
        return try Zstd.compress(UnsafeRawBufferPointer(rebasing: tiles[..<(indices.count * TileGrid.tileBytes)]))
    }
}
