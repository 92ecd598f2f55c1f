package import Sealing

/// Sixteen random bytes, so that no two statements are the same.
package struct StatementID: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// The first sixteen of these bytes, of which there must be so many.
    package init(_ bytes: some Collection<UInt8>) {
        precondition(bytes.count >= 16, "an id has sixteen bytes")
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    package static func random() -> StatementID { StatementID(Random.bytes(16)) }

    package var bytes: Bytes {
        var writer = ByteWriter()
        writer.u64(high)
        writer.u64(low)
        return writer.bytes
    }
}
