/// How a PNG file writes a row of pixels: as it is, or as the difference to the pixel on the left or above.
///
/// A band has one filter. Few colours, as text and windows have, compress best as they are, because the same runs come
/// again; many colours, as pictures have, by their differences.
enum PNGFilter: UInt8 {
    case none, left, above

    /// Writes these rows of a picture, each after its filter's number. No row needs one before the first.
    static func filter(
        _ rows: Range<Int>, of pixels: UnsafeRawBufferPointer, width: Int, into out: UnsafeMutableRawBufferPointer
    ) {
        let length = width * 3
        guard let first = pixels.baseAddress, var target = out.baseAddress else { return }
        let filter = chosen(for: rows, of: first, length: length)
        for row in rows {
            // What is above the first row may change without it.
            let own = filter == .above && row == rows.lowerBound ? .left : filter
            target.storeBytes(of: own.rawValue, as: UInt8.self)
            own.apply(to: first + row * length, length: length, into: target + 1)
            target += length + 1
        }
    }

    private func apply(to row: UnsafeRawPointer, length: Int, into out: UnsafeMutableRawPointer) {
        switch self {
        case .none: out.copyMemory(from: row, byteCount: length)
        case .left:
            out.copyMemory(from: row, byteCount: 3)
            Self.subtract(row, from: row + 3, count: length - 3, into: out + 3)
        case .above: Self.subtract(row - length, from: row, count: length, into: out)
        }
    }

    private static func subtract(
        _ less: UnsafeRawPointer, from bytes: UnsafeRawPointer, count: Int, into out: UnsafeMutableRawPointer
    ) {
        let bytes = bytes.assumingMemoryBound(to: UInt8.self)
        let less = less.assumingMemoryBound(to: UInt8.self)
        let out = out.assumingMemoryBound(to: UInt8.self)
        for i in 0..<count { out[i] = bytes[i] &- less[i] }
    }

    private static func chosen(for rows: Range<Int>, of pixels: UnsafeRawPointer, length: Int) -> PNGFilter {
        guard hasManyColours(pixels + rows.lowerBound * length, count: rows.count * length) else { return .none }
        var (left, above) = (0, 0)
        for row in stride(from: rows.lowerBound + 1, to: rows.upperBound, by: 13) {
            let bytes = (pixels + row * length).assumingMemoryBound(to: UInt8.self)
            for i in 3..<max(length, 3) {
                left += size(bytes[i] &- bytes[i - 3])
                above += size(bytes[i] &- bytes[i - length])
            }
        }
        return left < above ? .left : .above
    }

    /// A difference, as small numbers below and above zero.
    private static func size(_ difference: UInt8) -> Int { Int(Int8(bitPattern: difference).magnitude) }

    /// Whether some thousand pixels fall into more than a quarter of 1,024 classes of colours.
    private static func hasManyColours(_ pixels: UnsafeRawPointer, count: Int) -> Bool {
        var seen = InlineArray<16, UInt64>(repeating: 0)
        for at in stride(from: 0, to: count - 3, by: 39) {
            let bytes = (pixels + at).assumingMemoryBound(to: UInt8.self)
            let colour = UInt32(bytes[0]) | UInt32(bytes[1]) << 8 | UInt32(bytes[2]) << 16
            let place = Int((colour &* 0x9e37_79b1) >> 22)
            seen[place >> 6] |= 1 << UInt64(place & 63)
        }
        var classes = 0
        for i in seen.indices { classes += seen[i].nonzeroBitCount }
        return classes > 256
    }
}
