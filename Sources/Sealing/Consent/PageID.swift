/// What statements call a page: 16 random bytes. Ordered as bytes.
package struct PageID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let count = 16
    /// What an index's x is made of.
    package static let zero = PageID(high: 0, low: 0)

    private let high: UInt64
    private let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Exactly 16 bytes.
    package init(_ bytes: some Collection<UInt8>) throws(FormatError) {
        guard bytes.count == Self.count else { throw .outOfBounds }
        self.init(Array(bytes).span, at: 0)
    }

    /// The 16 bytes at this place, which must be there: releases have many.
    package init(_ bytes: Swift.Span<UInt8>, at start: Int) {
        func word(_ start: Int) -> UInt64 {
            var word: UInt64 = 0
            for i in start..<start + 8 { word = word << 8 | UInt64(bytes[i]) }
            return word
        }
        self.high = word(start)
        self.low = word(start + 8)
    }

    package static func random() -> PageID {
        var generator = SystemRandomNumberGenerator()
        while true {
            let id = PageID(high: generator.next(), low: generator.next())
            if id.monday == nil { return id }
        }
    }

    /// How a release names an index: 12 zero bytes ‖ u32 Monday.
    package static func week(_ monday: Day) -> PageID { PageID(high: 0, low: UInt64(monday)) }

    /// The Monday, if this names an index week.
    package var monday: Day? { high == 0 && low <= UInt64(Day.max) ? Day(low) : nil }

    package var bytes: Bytes {
        var writer = ByteWriter()
        append(to: &writer)
        return writer.bytes
    }

    func append(to writer: inout ByteWriter) {
        writer.u64(high)
        writer.u64(low)
    }

    package var hex: String { Hex.encode(bytes) }
    package var description: String { hex }

    package static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }
}
