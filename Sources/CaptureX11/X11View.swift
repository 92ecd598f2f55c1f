import CX11
import Records

/// What is seen of a window: where it is, and which parts of the screen show it. Its pixels go into tiles.
struct X11View: Equatable {
    let window: Window
    let screen: Rectangle
    let placed: X11WindowTree.Placed
    /// Disjoint parts of the screen.
    let region: VisibleRegion

    static func == (a: Self, b: Self) -> Bool {
        a.window == b.window && a.screen == b.screen && a.placed.rectangle == b.placed.rectangle
            && a.region.rectangles == b.region.rectangles
    }

    /// Reads the tiles that these parts of the window touch into a frame that shows the same view, or is black. False
    /// when the server does not return them.
    func read(_ drawn: [Rectangle], from image: X11Image, into frame: inout TiledFrame) throws(X11Failure) -> Bool {
        guard let bounds = region.bounds else { return true }
        var tiles: Set<Int> = []
        for part in drawn {
            let part = part.moved(byX: placed.rectangle.x, y: placed.rectangle.y).intersection(bounds)
            tiles.formUnion(frame.tiles(x: part.x, y: part.y, width: part.width, height: part.height))
        }
        let bands = Dictionary(grouping: tiles) { frame.place(of: $0).y / X11Image.bandHeight }
        for tiles in bands.values {
            guard try read(tiles, inside: bounds, from: image, into: &frame) else { return false }
        }
        return true
    }

    /// Reads tiles of one band.
    private func read(
        _ tiles: [Int], inside bounds: Rectangle, from image: X11Image, into frame: inout TiledFrame
    ) throws(X11Failure) -> Bool {
        let places = tiles.map { tile in
            let place = frame.place(of: tile)
            return Rectangle(x: place.x, y: place.y, width: TileGrid.side, height: TileGrid.side)
        }
        guard let around = Rectangle(around: places)?.intersection(bounds), !around.isEmpty else { return true }
        return try image.read(window, placed, bounds: around) { (image) throws(X11Failure) in
            let pixels = try X11PixelFormat(image)
            var canvas = TileCanvas()
            for (tile, place) in zip(tiles, places) {
                frame.draw(tile, on: &canvas) { target in
                    for part in region.rectangles {
                        let cut = part.intersection(place)
                        guard !cut.isEmpty else { continue }
                        let start = ((cut.y - place.y) * TileGrid.side + cut.x - place.x) * 3
                        pixels.copy(cut, imageAt: around, to: target + start, rowWidth: TileGrid.side)
                    }
                }
            }
        }
    }
}
