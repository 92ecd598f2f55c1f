/// A rectangle of the screen, in pixels. Empty when a side is not positive.
struct Rectangle: Hashable, Sendable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int

    var isEmpty: Bool { width <= 0 || height <= 0 }
    var right: Int { x + width }
    var bottom: Int { y + height }

    func moved(byX x: Int, y: Int) -> Rectangle {
        Rectangle(x: self.x + x, y: self.y + y, width: width, height: height)
    }

    func intersection(_ other: Rectangle) -> Rectangle {
        let left = max(x, other.x)
        let top = max(y, other.y)
        return Rectangle(
            x: left, y: top, width: max(0, min(right, other.right) - left),
            height: max(0, min(bottom, other.bottom) - top))
    }
}

extension Rectangle {
    /// The smallest rectangle around all of these; nil for none.
    init?(around parts: [Rectangle]) {
        guard let left = parts.map(\.x).min(), let top = parts.map(\.y).min(),
            let right = parts.map(\.right).max(), let bottom = parts.map(\.bottom).max()
        else { return nil }
        self.init(x: left, y: top, width: right - left, height: bottom - top)
    }
}

/// The visible part of a window, without the windows above it, as disjoint rectangles.
struct VisibleRegion: Sendable {
    private(set) var rectangles: [Rectangle]

    init(_ rectangle: Rectangle) { rectangles = rectangle.isEmpty ? [] : [rectangle] }

    /// Keeps only what is inside a rectangle.
    mutating func clip(to bounds: Rectangle) {
        rectangles = rectangles.map { $0.intersection(bounds) }.filter { !$0.isEmpty }
    }

    /// Removes the area of a window above.
    mutating func subtract(_ hole: Rectangle) {
        rectangles = rectangles.flatMap { part -> [Rectangle] in
            let cut = part.intersection(hole)
            guard !cut.isEmpty else { return [part] }
            return [
                Rectangle(x: part.x, y: part.y, width: part.width, height: cut.y - part.y),
                Rectangle(x: part.x, y: cut.bottom, width: part.width, height: part.bottom - cut.bottom),
                Rectangle(x: part.x, y: cut.y, width: cut.x - part.x, height: cut.height),
                Rectangle(x: cut.right, y: cut.y, width: part.right - cut.right, height: cut.height),
            ].filter { !$0.isEmpty }
        }
    }

    /// The smallest rectangle around all parts; nil when nothing is visible.
    var bounds: Rectangle? { Rectangle(around: rectangles) }
}
