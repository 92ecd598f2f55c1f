import Sealing

/// The pixels of a screen as a file of NumPy, version 1.0: rows, columns, and red, green and blue as bytes.
enum PixelArray {
    static func encode(_ frame: ScreenFrame) -> Bytes {
        let shape = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(frame.height), \(frame.width), 3), }"
        var header = Array("\u{93}NUMPY\u{1}\u{0}".unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        // The pixels begin at a multiple of 64, after a line end.
        let count = (header.count + 2 + shape.utf8.count + 1 + 63) / 64 * 64 - header.count - 2
        header += [UInt8(count & 255), UInt8(count >> 8)] + shape.utf8
        header += Bytes(repeating: UInt8(ascii: " "), count: count - shape.utf8.count - 1) + [UInt8(ascii: "\n")]
        return frame.withPixels { header + $0 }
    }
}
