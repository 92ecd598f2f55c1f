import Glibc

/// A screen cut into tiles of 64 × 64 pixels, numbered row by row from the top left.
///
/// A tile is 64 · 64 · 3 bytes, rows from top to bottom; bytes beyond the screen's edge are zero.
package struct TileGrid: Hashable, Sendable {
    package static let side = 64
    /// Bytes of one tile.
    static let tileBytes = side * side * 3

    let width: Int
    let height: Int
    let columns: Int
    let rows: Int

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        columns = (width + Self.side - 1) / Self.side
        rows = (height + Self.side - 1) / Self.side
    }

    var count: Int { columns * rows }

    /// Whether the bytes of a tile that lie beyond the screen's edge are zero.
    func isBlankBeyondEdge(_ tile: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var end = 0
        var isBlank = true
        forEachRow(of: tile) { _, offset, length in
            isBlank = bytes[end..<offset].allSatisfy { $0 == 0 }
            end = offset + length
            return isBlank
        }
        return isBlank && bytes[end..<Self.tileBytes].allSatisfy { $0 == 0 }
    }

    /// Calls `body` with the place of each row of a tile on the screen and in the tile: byte offsets and the length in
    /// bytes.
    func forEachRow(of tile: Int, _ body: (_ screen: Int, _ tile: Int, _ length: Int) -> Bool) {
        let left = tile % columns * Self.side
        let top = tile / columns * Self.side
        let length = min(Self.side, width - left) * 3
        for row in 0..<min(Self.side, height - top) {
            guard body(((top + row) * width + left) * 3, row * Self.side * 3, length) else { return }
        }
    }

    /// The rows of pixels of those rows of tiles of which all tiles are among these, which ascend.
    func wholeBands(in tiles: [Int]) -> [Range<Int>] {
        var counts = Array(repeating: 0, count: rows)
        for tile in tiles { counts[tile / columns] += 1 }
        return counts.indices.filter { counts[$0] == columns }.map { band in
            band * Self.side..<min((band + 1) * Self.side, height)
        }
    }

    /// The tiles that a rectangle touches.
    func tiles(x: Int, y: Int, width: Int, height: Int) -> [Int] {
        guard width > 0, height > 0 else { return [] }
        let columns = max(0, x) / Self.side...min(self.width - 1, x + width - 1) / Self.side
        let rows = max(0, y) / Self.side...min(self.height - 1, y + height - 1) / Self.side
        return rows.flatMap { row in columns.map { row * self.columns + $0 } }
    }

    /// The rows of pixels from the first to the last that differ; all of them for frames of two sizes; nil for none.
    func rows(changedBetween before: ScreenFrame?, and frame: ScreenFrame) -> Range<Int>? {
        guard let before, before.width == width, before.height == height else { return 0..<height }
        return frame.withPixels { new in
            before.withPixels { old in
                guard let new = new.baseAddress, let old = old.baseAddress else { return nil }
                func differs(_ row: Int) -> Bool {
                    memcmp(new + row * width * 3, old + row * width * 3, width * 3) != 0
                }
                guard let first = (0..<height).first(where: differs), let last = (0..<height).last(where: differs)
                else { return nil }
                return first..<last + 1
            }
        }
    }
}
