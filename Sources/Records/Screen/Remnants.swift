import Glibc

/// What was drawn on the screen in a span of time, and where later frames still show it.
///
/// What was drawn is cut into lines, as text is. A line is still in its place while two letters of it side by side are
/// as they were, pixel by pixel; it was repainted when none are. Where something changes later, a line is looked for at
/// every other place, too, because terminals scroll and windows move. It is not found in another size, font or colour.
package struct Remnants: Sendable {
    private struct Place: Hashable {
        let line: Int
        let x: Int
        let y: Int
    }

    /// A rectangle of the screen, in pixels.
    package struct Area: Hashable, Sendable {
        package let x: Int
        package let y: Int
        package let width: Int
        package let height: Int

        package init(x: Int, y: Int, width: Int, height: Int) {
            self.x = x
            self.y = y
            self.width = width
            self.height = height
        }
    }

    /// Older lines than these, which are not shown any more, are not looked for.
    private static let mostLines = 1024
    /// So many of the latest lines are looked for in every column, the others where they were: scrolling is common,
    /// moved windows are not.
    private static let mostMoved = 16

    private var lines: [RemnantLine] = []
    /// The lines of the latest frame of the time, which the next one may still show.
    private var current: [Int] = []
    private var places: Set<Place> = []
    private var latest: ScreenFrame?
    /// The frame before the time, until the lines have been compared with it.
    private var before: ScreenFrame?

    package init() {}

    /// What a frame shows in these areas, too.
    package mutating func add(_ areas: some Sequence<Area>, of frame: ScreenFrame) {
        latest = frame
        for patch in areas {
            let left = min(max(0, patch.x), frame.width)
            let top = min(max(0, patch.y), frame.height)
            let width = min(max(0, patch.width), frame.width - left)
            let height = min(max(0, patch.height), frame.height - top)
            guard width > 0, height > 0 else { continue }
            let inside = Area(x: left, y: top, width: width, height: height)
            add(RemnantLine(inside, of: frame, isDrawn: { _, _ in true }))
        }
    }

    /// Whether the latest frame shows some of it.
    package var isShown: Bool { !places.isEmpty }
    /// Whether nothing was drawn.
    package var isEmpty: Bool { lines.isEmpty }

    /// Where the latest frame shows it.
    package var areas: [Area] {
        places.map { place in
            let line = lines[place.line]
            return Area(x: place.x, y: place.y, width: line.width, height: line.height)
        }.sorted { ($0.y, $0.x) < ($1.y, $1.x) }
    }

    /// A frame of the time. What it shows, other than the frame before the time, was drawn then; all of it, without one.
    package mutating func note(_ frame: ScreenFrame, since before: ScreenFrame?) {
        let drawn = RemnantLine.drawn(frame, since: before)
        // A line that grows is one line. One that went away may come back.
        forget(
            Set(
                current.filter { number in
                    places.contains { $0.line == number && lines[number].share(in: frame, x: $0.x, y: $0.y) >= 0.75 }
                }))
        current = []
        places = []
        for line in drawn { add(line) }
        latest = frame
        self.before = before
    }

    /// A frame of later: black in all tiles where it shows something of the time; nil when it shows nothing.
    package mutating func covered(_ frame: ScreenFrame) -> ScreenFrame? {
        guard !lines.isEmpty else { return nil }
        places = places.filter { lines[$0.line].isShown(in: frame, x: $0.x, y: $0.y) }
        let grid = TileGrid(width: frame.width, height: frame.height)
        let changed = grid.rows(changedBetween: latest, and: frame)
        if let changed { search(frame, rows: changed) }
        latest = frame
        guard !places.isEmpty else { return nil }
        let tiles = Set(areas.flatMap { grid.tiles(x: $0.x, y: $0.y, width: $0.width, height: $0.height) })
        var covered = frame
        covered.change { pixels in
            guard let start = pixels.baseAddress else { return }
            for tile in tiles {
                grid.forEachRow(of: tile) { screen, _, length in
                    memset(start + screen, 0, length)
                    return true
                }
            }
        }
        return covered
    }

    private mutating func search(_ frame: ScreenFrame, rows: Range<Int>) {
        if let before {
            for number in lines.indices {
                lines[number].forgetParts(in: before, everywhere: lines.count - number <= Self.mostMoved)
            }
            self.before = nil
        }
        for (number, line) in lines.enumerated() {
            let everywhere = lines.count - number <= Self.mostMoved
            for (x, y) in line.found(in: frame, rows: rows, everywhere: everywhere) {
                places.insert(Place(line: number, x: x, y: y))
            }
        }
    }

    private mutating func add(_ line: RemnantLine?) {
        guard let line else { return }
        let number: Int
        if let known = lines.firstIndex(where: { $0.hasSamePixels(as: line) }) {
            number = known
        } else {
            if lines.count >= Self.mostLines, let oldest = lines.indices.first(where: { !current.contains($0) }) {
                forget([oldest])
            }
            number = lines.count
            lines.append(line)
        }
        current.append(number)
        places.insert(Place(line: number, x: line.x, y: line.y))
    }

    /// Takes lines out; the others keep their order.
    private mutating func forget(_ numbers: Set<Int>) {
        guard !numbers.isEmpty else { return }
        var moved: [Int: Int] = [:]
        var left: [RemnantLine] = []
        for (number, line) in lines.enumerated() where !numbers.contains(number) {
            moved[number] = left.count
            left.append(line)
        }
        lines = left
        current = current.compactMap { moved[$0] }
        places = Set(places.compactMap { place in moved[place.line].map { Place(line: $0, x: place.x, y: place.y) } })
    }
}
