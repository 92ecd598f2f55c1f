import Glibc
package import Sealing

/// A screen as it is recorded: cut into tiles, which successive frames share where nothing changed.
package struct TiledFrame: Sendable {
    let grid: TileGrid
    /// Nil for a tile that is black.
    private(set) var tiles: [TilePixels?]

    package var width: Int { grid.width }
    package var height: Int { grid.height }

    /// A black screen.
    package init(width: Int, height: Int) throws(FormatError) {
        guard ScreenFrame.isPossible(width: width, height: height) else { throw .outOfBounds }
        grid = TileGrid(width: width, height: height)
        tiles = Array(repeating: nil, count: grid.count)
    }

    /// Shares what is as in `earlier`.
    package init(_ frame: ScreenFrame, sharing earlier: TiledFrame? = nil) {
        let grid = TileGrid(width: frame.width, height: frame.height)
        self.grid = grid
        if let earlier, earlier.grid == grid {
            tiles = earlier.tiles
        } else {
            tiles = Array(repeating: nil, count: grid.count)
        }
        var canvas = TileCanvas()
        frame.withPixels { pixels in
            guard let from = pixels.baseAddress else { return }
            for tile in 0..<grid.count {
                draw(tile, on: &canvas) { to in
                    grid.forEachRow(of: tile) { screen, offset, length in
                        memcpy(to + offset, from + screen, length)
                        return true
                    }
                }
            }
        }
    }

    /// The tiles that a rectangle touches.
    package func tiles(x: Int, y: Int, width: Int, height: Int) -> [Int] {
        grid.tiles(x: x, y: y, width: width, height: height)
    }

    /// Where a tile is on the screen. The tiles at the edges reach beyond it.
    package func place(of tile: Int) -> (x: Int, y: Int) {
        (tile % grid.columns * TileGrid.side, tile / grid.columns * TileGrid.side)
    }

    /// Has `draw` write a tile that is black at first; keeps the tile that is there if it has the same pixels.
    package mutating func draw(_ tile: Int, on canvas: inout TileCanvas, _ draw: (UnsafeMutableRawPointer) -> Void) {
        tiles[tile] = canvas.drawn(instead: tiles[tile], draw)
    }

    /// Whether a tile has the same pixels in both frames, which are of one size.
    func isSame(_ tile: Int, in other: TiledFrame) -> Bool {
        let (own, others) = (tiles[tile], other.tiles[tile])
        if own === others { return true }
        guard let own = own?.bytes.baseAddress, let others = others?.bytes.baseAddress else { return false }
        return memcmp(own, others, TileGrid.tileBytes) == 0
    }

    /// Red, green and blue at a point of the screen.
    package subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
        precondition((0..<width).contains(x) && (0..<height).contains(y), "a point outside the screen")
        guard let bytes = tiles[y / TileGrid.side * grid.columns + x / TileGrid.side]?.bytes else { return (0, 0, 0) }
        let at = (y % TileGrid.side * TileGrid.side + x % TileGrid.side) * 3
        return (bytes[at], bytes[at + 1], bytes[at + 2])
    }
}

extension TiledFrame: Equatable {
    package static func == (a: Self, b: Self) -> Bool {
        a.grid == b.grid && (0..<a.grid.count).allSatisfy { a.isSame($0, in: b) }
    }
}

extension ScreenFrame {
    /// The same screen in one piece.
    package init(_ frame: TiledFrame) throws(FormatError) {
        try self.init(width: frame.width, height: frame.height) { pixels in
            guard let to = pixels.baseAddress else { return }
            for (tile, own) in frame.tiles.enumerated() {
                guard let from = own?.bytes.baseAddress else { continue }
                frame.grid.forEachRow(of: tile) { screen, offset, length in
                    memcpy(to + screen, from + offset, length)
                    return true
                }
            }
        }
    }
}

/// Where tiles are drawn one after the other, before it is known whether they changed. It is wiped at its end.
package struct TileCanvas: ~Copyable {
    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: TileGrid.tileBytes, alignment: 16)

    package init() {}

    deinit {
        if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
        bytes.deallocate()
    }

    fileprivate mutating func drawn(instead old: TilePixels?, _ draw: (UnsafeMutableRawPointer) -> Void) -> TilePixels?
    {
        guard let start = bytes.baseAddress else { return nil }
        memset(start, 0, bytes.count)
        draw(start)
        if let old, let before = old.bytes.baseAddress, memcmp(start, before, bytes.count) == 0 { return old }
        return Self.isBlack(start) ? nil : TilePixels(UnsafeRawBufferPointer(bytes))
    }

    /// Whether the first byte is zero, and each equals the one before it.
    private static func isBlack(_ start: UnsafeRawPointer) -> Bool {
        start.load(as: UInt8.self) == 0 && memcmp(start, start + 1, TileGrid.tileBytes - 1) == 0
    }
}
