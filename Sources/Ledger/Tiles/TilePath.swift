import Sealing

/// The place of a tile or a bundle of entries in a log (c2sp.org/tlog-tiles@v0.1.0):
/// `tile/<level>/<index>[.p/<width>]`, `tile/entries/<index>[.p/<width>]`.
package struct TilePath: Hashable, Sendable {
    /// A tile's height. `fullWidth` is the number of hashes or entries in a full one.
    package static let height = 8
    package static let fullWidth = 256

    /// 0…63, or nil for a bundle of entries.
    package let level: Int?
    package let index: UInt64
    /// 1…256.
    package let width: Int

    package init(level: Int?, index: UInt64, width: Int = TilePath.fullWidth) {
        precondition(1...Self.fullWidth ~= width && 0...63 ~= level ?? 0, "no such tile")
        self.level = level
        self.index = index
        self.width = width
    }

    package var isPartial: Bool { width < Self.fullWidth }

    /// The full tile at the same place.
    package var full: TilePath { TilePath(level: level, index: index) }

    /// The path below the log's prefix.
    package var path: String {
        let base = "tile/\(level.map(String.init) ?? "entries")/\(Self.groups(index))"
        return isPartial ? "\(base).p/\(width)" : base
    }

    /// The index in groups of three digits: 1234067 is `x001/x234/067`.
    static func groups(_ index: UInt64) -> String {
        var groups = [padded(index % 1000)]
        var rest = index / 1000
        while rest > 0 {
            groups.insert("x" + padded(rest % 1000), at: 0)
            rest /= 1000
        }
        return groups.joined(separator: "/")
    }

    private static func padded(_ value: UInt64) -> String {
        let digits = String(value)
        return String(repeating: "0", count: 3 - digits.count) + digits
    }

    /// Parses a path. Refuses every other spelling of it.
    package init?(parsing path: String) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.count <= 12, parts[0] == "tile" else { return nil }
        var level: Int?
        if parts[1] != "entries" {
            guard let value = Decimal.parse(parts[1]), value < 64 else { return nil }
            level = Int(clamping: value)
        }
        parts.removeFirst(2)
        var width = Self.fullWidth
        if parts.count >= 2, parts[parts.count - 2].hasSuffix(".p") {
            guard let value = Decimal.parse(parts.removeLast()), 1..<256 ~= value else { return nil }
            width = Int(clamping: value)
            parts[parts.count - 1].removeLast(2)
        }
        var index: UInt64 = 0
        for (i, part) in parts.enumerated() {
            let digits = i < parts.count - 1 ? part.dropFirst() : part
            guard i == parts.count - 1 || part.hasPrefix("x"), digits.utf8.count == 3,
                digits.utf8.allSatisfy({ 48...57 ~= $0 }), let value = UInt64(digits)
            else { return nil }
            let (product, overflow) = index.multipliedReportingOverflow(by: 1000)
            let (sum, carry) = product.addingReportingOverflow(value)
            guard !overflow, !carry else { return nil }
            index = sum
        }
        self.init(level: level, index: index, width: width)
        guard self.path == path else { return nil }
    }

    /// All tiles and bundles of a tree of this size: the full ones, and the partial ones at its edge.
    package static func all(size: UInt64) -> [TilePath] {
        var paths = row(level: nil, count: size)
        var count = size
        for level in 0..<8 where count > 0 {
            paths += row(level: level, count: count)
            count /= UInt64(fullWidth)
        }
        return paths
    }

    /// The place of a complete subtree in a tree of this size: its tile, and the hashes in it that the subtree covers.
    package static func place(level: Int, index: UInt64, size: UInt64) -> (tile: TilePath, run: Range<Int>) {
        let below = level % height
        let first = index << UInt64(below)
        let row = size >> UInt64(level - below)
        let width = Int(min(256, row - first / 256 * 256))
        let start = Int(first % 256)
        return (TilePath(level: level / height, index: first / 256, width: width), start..<start + 1 << below)
    }

    private static func row(level: Int?, count: UInt64) -> [TilePath] {
        var row = (0..<count / 256).map { TilePath(level: level, index: $0) }
        if count % 256 > 0 { row.append(TilePath(level: level, index: count / 256, width: Int(count % 256))) }
        return row
    }
}
