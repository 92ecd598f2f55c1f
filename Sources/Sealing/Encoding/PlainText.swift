/// Finds the bytes that JSON writes with an escape, eight bytes at a time, since all text of samples passes through it.
package enum PlainText {
    private static let each: UInt64 = 0x0101_0101_0101_0101
    private static let high = each << 7

    /// How many bytes come before the first quote, backslash or control character, U+007F aside.
    package static func count(in bytes: Span<UInt8>) -> Int {
        unsafe bytes.withUnsafeBytes { unsafe count(in: $0, from: 0) }
    }

    /// The place of the first quote, backslash or control character, U+007F aside, at or after `start`, or the end.
    package static func count(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        precondition((0...bytes.count).contains(start), "a search begins within the bytes")
        var place = start
        while place + 8 <= bytes.count {
            let eight = UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            // The lowest bit that is set belongs to the first byte that is found. Those above it may be wrong.
            let quotes = eight ^ each &* 0x22
            let backslashes = eight ^ each &* 0x5c
            let found =
                ((eight &- each &* 0x20) & ~eight | (quotes &- each) & ~quotes | (backslashes &- each) & ~backslashes)
                & high
            if found != 0 { return place + found.trailingZeroBitCount / 8 }
            place += 8
        }
        while place < bytes.count {
            let byte = unsafe bytes[place]
            if byte < 0x20 || byte == 0x22 || byte == 0x5c { return place }
            place += 1
        }
        return place
    }
}
