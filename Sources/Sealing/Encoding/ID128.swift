/// A random identifier of 16 bytes, unique by its randomness. Ordered as bytes.
package struct ID128: Hashable, Comparable, Sendable {
    package static let count = 16

    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Nil unless there are exactly sixteen bytes.
    package init?(_ bytes: Span<UInt8>) {
        guard bytes.count == Self.count else { return nil }
        self.init(bytes, at: 0)
    }

    /// The first sixteen of these bytes; there must be at least sixteen.
    package init(_ bytes: Bytes) { self.init(bytes.span, at: 0) }

    /// The sixteen bytes at this index, all of which must exist.
    init(_ bytes: Span<UInt8>, at start: Int) {
        self.high = bytes.word(at: start)
        self.low = bytes.word(at: start + 8)
    }

    package static func random() -> ID128 {
        var generator = SystemRandomNumberGenerator()
        return ID128(high: generator.next(), low: generator.next())
    }

    package var bytes: Bytes {
        var writer = ByteWriter()
        append(to: &writer)
        return writer.bytes
    }

    func append(to writer: inout ByteWriter) {
        writer.u64(high)
        writer.u64(low)
    }

    package static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }
}
