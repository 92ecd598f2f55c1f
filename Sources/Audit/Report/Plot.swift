import Sealing

/// A drawing in SVG on a canvas 720 units wide, with a title and a description for people who cannot see it.
struct Plot {
    static let width = 720.0
    let height: Double
    private let id: String
    private let title: String
    private let description: String
    private var marks = ""

    init(id: String, title: String, description: String, height: Double) {
        self.id = id
        self.title = title
        self.description = description
        self.height = height
    }

    /// Coordinates to a tenth, the same on every machine.
    static func n(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let whole = abs(tenths) / 10
        let rest = abs(tenths) % 10
        return (tenths < 0 ? "-" : "") + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
    }

    mutating func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ kind: String, tip: String = ""
    ) {
        let place = "x=\"\(Self.n(x))\" y=\"\(Self.n(y))\" width=\"\(Self.n(width))\" height=\"\(Self.n(height))\""
        marks += "<rect class=\"\(kind)\" \(place)"
        marks += tip.isEmpty ? "/>\n" : "><title>\(HTML.escape(tip))</title></rect>\n"
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ kind: String) {
        marks +=
            "<line class=\"\(kind)\" x1=\"\(Self.n(x1))\" y1=\"\(Self.n(y1))\" x2=\"\(Self.n(x2))\" y2=\"\(Self.n(y2))\"/>\n"
    }

    mutating func path(_ points: [(Double, Double)], _ kind: String) {
        guard let first = points.first else { return }
        var d = "M\(Self.n(first.0)) \(Self.n(first.1))"
        for (x, y) in points.dropFirst() { d += "L\(Self.n(x)) \(Self.n(y))" }
        marks += "<path class=\"\(kind)\" d=\"\(d)\"/>\n"
    }

    enum Anchor: String { case start, middle, end }

    mutating func text(_ x: Double, _ y: Double, _ text: String, _ anchor: Anchor = .start, _ kind: String = "t") {
        marks +=
            "<text class=\"\(kind)\" x=\"\(Self.n(x))\" y=\"\(Self.n(y))\" text-anchor=\"\(anchor.rawValue)\">\(HTML.escape(text))</text>\n"
    }

    /// Draws gridlines and labels of an axis from zero to at least `most`. Returns the height of one unit.
    mutating func verticalAxis(_ most: Int, left: Double, right: Double, top: Double, bottom: Double) -> Double {
        let step = Self.step(most)
        let highest = max(step, (most + step - 1) / step * step)
        let unit = (bottom - top) / Double(highest)
        for value in stride(from: 0, through: highest, by: step) {
            let y = bottom - Double(value) * unit
            line(left, y, right, y, value == 0 ? "axis" : "grid")
            text(left - 6, y + 4, HTML.number(value), .end)
        }
        return unit
    }

    /// 1, 2 or 5 times a power of ten, at most five of them below `most`.
    static func step(_ most: Int) -> Int {
        var power = 1
        while true {
            for factor in [1, 2, 5] where power * factor * 5 >= most { return power * factor }
            power *= 10
        }
    }

    var svg: String {
        """
        <svg role="img" aria-labelledby="\(id)-t \(id)-d" viewBox="0 0 720 \(Self.n(height))">
        <title id="\(id)-t">\(HTML.escape(title))</title>
        <desc id="\(id)-d">\(HTML.escape(description))</desc>
        \(marks)</svg>

        """
    }
}
