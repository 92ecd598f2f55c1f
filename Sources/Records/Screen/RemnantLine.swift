import CLinux
import Glibc

/// One line of what was drawn: a rectangle of pixels, about as high as a line of text, and what of it is not blank.
struct RemnantLine: Sendable {
    /// Where it was drawn.
    let x: Int
    let y: Int
    let width: Int
    let height: Int
    private let pixels: [UInt8]
    /// Parts about as large as two small letters in which something was drawn: as long as one is there, the line is.
    private let pairs: [Part]
    /// Longer parts, by which it is found elsewhere.
    private var pieces: [Part]
    /// Whether it is long enough not to be found everywhere.
    private let isLong: Bool

    /// A rectangle of the line, and the row of the line that differs most along it.
    private struct Part: Sendable {
        let left: Int
        let top: Int
        let width: Int
        let height: Int
        var row = 0
    }

    /// A part is at most so high: what stands above or below it may be repainted without it.
    private static let mostRows = 13
    /// A row of a longer part has at least so many changes of colour. A cursor has fewer, and is everywhere.
    private static let fewestChanges = 4

    /// Nil for a rectangle in which nothing was drawn but one colour: an erased line, or a bar.
    init?(_ patch: Remnants.Area, of frame: ScreenFrame, isDrawn: (_ x: Int, _ y: Int) -> Bool) {
        x = patch.x
        y = patch.y
        width = patch.width
        height = patch.height
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 3)
        frame.withPixels { screen in
            for row in patch.y..<patch.y + patch.height {
                let start = (row * frame.width + patch.x) * 3
                pixels += screen[start..<start + patch.width * 3]
            }
        }
        self.pixels = pixels
        let (width, height) = (self.width, self.height)
        func isInked(_ part: Part) -> Bool {
            (part.top..<part.top + part.height).contains { row in
                Self.changes(pixels, row, part.left, part.width, of: width) > 0
                    || (0..<3).contains {
                        pixels[(row * width + part.left) * 3 + $0] != pixels[(part.top * width + part.left) * 3 + $0]
                    }
            }
        }
        let strips = (height + Self.mostRows - 1) / Self.mostRows
        let rows = (0..<strips).map { height * $0 / strips..<height * ($0 + 1) / strips }
        let pair = min(width, Self.mostRows)
        pairs = rows.flatMap { rows in
            Self.starts(width, pair, step: max(1, pair / 2)).map {
                Part(left: $0, top: rows.lowerBound, width: pair, height: rows.count)
            }
        }.filter { part in
            isInked(part)
                && (part.top..<part.top + part.height).contains { row in
                    (part.left..<part.left + part.width).contains { isDrawn(patch.x + $0, patch.y + row) }
                }
        }
        guard !pairs.isEmpty else { return nil }
        // The cursor stands behind what was typed, and moves on: so a short line is also known without its end.
        let cell = height * 3 / 4
        isLong = width >= 2 * Self.mostRows
        let spans: [(left: Int, width: Int)] =
            if width > 3 * height {
                Self.starts(width, 3 * height, step: max(1, 3 * height / 2)).map { ($0, 3 * height) }
            } else if width >= 2 * cell, isLong {
                [(0, width), (0, width - cell), (cell, width - cell)]
            } else {
                [(0, width)]
            }
        pieces = spans.flatMap { span in
            rows.compactMap { rows in
                let changes = rows.map { Self.changes(pixels, $0, span.left, span.width, of: width) }
                guard let most = changes.max(), most >= Self.fewestChanges, let row = changes.firstIndex(of: most)
                else {
                    return nil
                }
                return Part(
                    left: span.left, top: rows.lowerBound, width: span.width, height: rows.count,
                    row: rows.lowerBound + row)
            }
        }
    }

    /// Where parts of a width begin, so that they overlap and the last one ends with the line.
    private static func starts(_ width: Int, _ wide: Int, step: Int) -> [Int] {
        var starts = Array(stride(from: 0, through: width - wide, by: step))
        if starts.last != width - wide { starts.append(width - wide) }
        return starts
    }

    /// How often the colour changes along a part of a row.
    private static func changes(_ pixels: [UInt8], _ row: Int, _ left: Int, _ wide: Int, of width: Int) -> Int {
        var count = 0
        var at = (row * width + left) * 3
        for _ in 1..<max(wide, 1) {
            if pixels[at] != pixels[at + 3] || pixels[at + 1] != pixels[at + 4] || pixels[at + 2] != pixels[at + 5] {
                count += 1
            }
            at += 3
        }
        return count
    }

    func hasSamePixels(as other: RemnantLine) -> Bool {
        x == other.x && width == other.width && height == other.height && pixels == other.pixels
    }

    /// Whether something of it is at this place.
    func isShown(in frame: ScreenFrame, x: Int, y: Int) -> Bool {
        pairs.contains { matches(frame, x, y, $0) }
    }

    /// How much of it is at this place, from 0 to 1.
    func share(in frame: ScreenFrame, x: Int, y: Int) -> Double {
        Double(pairs.count { matches(frame, x, y, $0) }) / Double(pairs.count)
    }

    /// Whether a part of it is there, when the line is at this place.
    private func matches(_ frame: ScreenFrame, _ x: Int, _ y: Int, _ part: Part) -> Bool {
        let left = x + part.left
        let top = y + part.top
        guard left >= 0, top >= 0, left + part.width <= frame.width, top + part.height <= frame.height else {
            return false
        }
        return frame.withPixels { screen in
            pixels.withUnsafeBytes { own in
                guard let screen = screen.baseAddress, let own = own.baseAddress else { return false }
                return (0..<part.height).allSatisfy { row in
                    let there = screen + ((top + row) * frame.width + left) * 3
                    return memcmp(there, own + ((part.top + row) * width + part.left) * 3, part.width * 3) == 0
                }
            }
        }
    }

    /// Forgets the parts by which it would be found where it is not: a frame of before the time shows them, too.
    mutating func forgetParts(in before: ScreenFrame, everywhere: Bool) {
        pieces = pieces.filter { found($0, in: before, rows: 0..<before.height, everywhere: everywhere).isEmpty }
    }

    /// The places of the line whose rows meet these: in its own column, or in all.
    func found(in frame: ScreenFrame, rows: Range<Int>, everywhere: Bool) -> [(x: Int, y: Int)] {
        // Some of a long line's parts are enough.
        let step = everywhere ? max(1, pieces.count / Self.mostParts) : 1
        return stride(from: 0, to: pieces.count, by: step).flatMap {
            found(pieces[$0], in: frame, rows: rows, everywhere: everywhere)
        }
    }

    private static let mostParts = 4

    private func found(_ piece: Part, in frame: ScreenFrame, rows: Range<Int>, everywhere: Bool) -> [(x: Int, y: Int)] {
        let last = min(rows.upperBound, frame.height - height + 1)
        let first = min(max(0, rows.lowerBound - height), last)
        guard first < last else { return [] }
        if everywhere, isLong { return found(piece, in: frame, tops: first..<last) }
        return (first..<last).filter { matches(frame, x, $0, piece) }.map { (x, $0) }
    }

    private func found(_ piece: Part, in frame: ScreenFrame, tops: Range<Int>) -> [(x: Int, y: Int)] {
        var found: [(x: Int, y: Int)] = []
        let stride = frame.width * 3
        frame.withPixels { screen in
            pixels.withUnsafeBytes { own in
                guard let screen = screen.baseAddress, let own = own.baseAddress else { return }
                let part = own + (piece.row * width + piece.left) * 3
                let length = piece.width * 3
                for top in tops {
                    let row = screen + (top + piece.row) * stride
                    guard length <= stride, coffer_contains(row, stride, part, length) != 0 else { continue }
                    for column in 0...frame.width - piece.width where memcmp(row + column * 3, part, length) == 0 {
                        let left = column - piece.left
                        if matches(frame, left, top, piece) { found.append((left, top)) }
                    }
                }
            }
        }
        return found
    }
}

extension RemnantLine {
    /// The lines in which a frame differs from the one before; all of it differs from none, or from one of another size.
    static func drawn(_ frame: ScreenFrame, since before: ScreenFrame?) -> [RemnantLine] {
        let before = before.flatMap { $0.width == frame.width && $0.height == frame.height ? $0 : nil }
        let drawn = DrawnPixels(frame, since: before)
        var lines: [RemnantLine] = []
        var top: Int?
        for row in 0...frame.height {
            let isDrawn = row < frame.height && drawn.rows[row]
            if let begin = top, !isDrawn || row - begin == TileGrid.side {
                for columns in drawn.runs(begin..<row) {
                    let patch = Remnants.Area(
                        x: columns.lowerBound, y: begin, width: columns.count, height: row - begin)
                    if let line = RemnantLine(patch, of: frame, isDrawn: { drawn[$0, $1] }) { lines.append(line) }
                }
                top = nil
            }
            if isDrawn, top == nil { top = row }
        }
        return lines
    }
}

/// Which pixels of a frame differ from the frame before.
private struct DrawnPixels {
    private let width: Int
    private var pixels: [Bool]
    private(set) var rows: [Bool]

    init(_ frame: ScreenFrame, since before: ScreenFrame?) {
        let width = frame.width
        var pixels = [Bool](repeating: false, count: width * frame.height)
        var rows = [Bool](repeating: false, count: frame.height)
        let grid = TileGrid(width: width, height: frame.height)
        let black = [UInt8](repeating: 0, count: TileGrid.side * 3)
        func compare(_ new: UnsafeRawPointer, _ old: (Int) -> UnsafeRawPointer) {
            for tile in 0..<grid.count {
                grid.forEachRow(of: tile) { screen, _, length in
                    let old = old(screen)
                    guard memcmp(new + screen, old, length) != 0 else { return true }
                    rows[screen / 3 / width] = true
                    for at in stride(from: 0, to: length, by: 3) where memcmp(new + screen + at, old + at, 3) != 0 {
                        pixels[(screen + at) / 3] = true
                    }
                    return true
                }
            }
        }
        frame.withPixels { new in
            guard let new = new.baseAddress else { return }
            if let before {
                before.withPixels { old in
                    if let old = old.baseAddress { compare(new) { old + $0 } }
                }
            } else {
                // The frame is black where no window is.
                black.withUnsafeBytes { row in
                    if let row = row.baseAddress { compare(new) { _ in row } }
                }
            }
        }
        self.width = width
        self.pixels = pixels
        self.rows = rows
    }

    subscript(x: Int, y: Int) -> Bool { pixels[y * width + x] }

    /// The columns that differ in any of these rows, parted where a gap is wider than two lines are high.
    func runs(_ band: Range<Int>) -> [Range<Int>] {
        let gap = 2 * band.count
        var runs: [Range<Int>] = []
        for column in 0..<width where band.contains(where: { self[column, $0] }) {
            if let last = runs.last, column - last.upperBound <= gap {
                runs[runs.count - 1] = last.lowerBound..<column + 1
            } else {
                runs.append(column..<column + 1)
            }
        }
        return runs
    }
}
