/// A page's name in statements: 16 random bytes. Ordered as bytes.
package struct PageID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let count = ID128.count
    /// Sixteen zeros: stands for the page in an index's x.
    package static let zero = PageID(ID128(high: 0, low: 0))

    let id: ID128

    init(_ id: ID128) { self.id = id }

    /// Exactly 16 bytes.
    package init(_ bytes: some Collection<UInt8>) throws(FormatError) {
        guard let id = ID128(Array(bytes).span) else { throw .outOfBounds }
        self.init(id)
    }

    /// Reads concatenated ids; nil unless the length is a multiple of 16.
    static func all(in bytes: Span<UInt8>) -> [PageID]? {
        guard bytes.count.isMultiple(of: count) else { return nil }
        var ids: [PageID] = []
        ids.reserveCapacity(bytes.count / count)
        for start in stride(from: 0, to: bytes.count, by: count) { ids.append(PageID(ID128(bytes, at: start))) }
        return ids
    }

    package static func random() -> PageID {
        while true {
            let id = PageID(ID128.random())
            if id.monday == nil { return id }
        }
    }

    /// The id by which a release names a week's index: 12 zero bytes ‖ u32 Monday.
    package static func week(_ monday: Day) -> PageID { PageID(ID128(high: 0, low: UInt64(monday))) }

    /// The Monday, if this names an index week.
    package var monday: Day? { id.high == 0 && id.low <= UInt64(Day.max) ? Day(id.low) : nil }

    package var bytes: Bytes { id.bytes }

    package var hex: String { Hex.encode(bytes) }
    package var description: String { hex }

    package static func < (a: Self, b: Self) -> Bool { a.id < b.id }
}
