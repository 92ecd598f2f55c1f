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

    /// Ids one after the other; nil unless they are whole.
    static func all(in bytes: Swift.Span<UInt8>) -> [PageID]? {
        guard bytes.count.isMultiple(of: count) else { return nil }
        var ids: [PageID] = []
        ids.reserveCapacity(bytes.count / count)
        for start in stride(from: 0, to: bytes.count, by: count) { ids.append(PageID(bytes, at: start)) }
        return ids
    }

    /// The 16 bytes at this place, which must be there: releases have many.
    private init(_ bytes: Swift.Span<UInt8>, at start: Int) {
        precondition(start >= 0 && start + Self.count <= bytes.count, "an id lies within its bytes")
        let raw = unsafe bytes.bytes
        self.high = UInt64(bigEndian: unsafe raw.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
        self.low = UInt64(bigEndian: unsafe raw.unsafeLoadUnaligned(fromByteOffset: start + 8, as: UInt64.self))
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
