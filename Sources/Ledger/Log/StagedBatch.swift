package import Sealing

/// A batch of entries before it is in the log: D("staging") ‖ u64 size before ‖ u32 n ‖ n × (u16 length ‖ entry) ‖
/// SHA-256 of all before.
package struct StagedBatch: Hashable, Sendable {
    /// A bound on a batch's file, far above what a ledger takes at once.
    static let maximumCount = 1 << 30

    package let oldSize: UInt64
    package let entries: [Bytes]

    package init(oldSize: UInt64, entries: [Bytes]) {
        self.oldSize = oldSize
        self.entries = entries
    }

    package var encoded: Bytes {
        var writer = ByteWriter(D("staging"))
        writer.u64(oldSize)
        writer.u32(UInt32(entries.count))
        for entry in entries { writer.lp(entry) }
        writer.append(Hash256(of: writer.bytes))
        return writer.bytes
    }

    package init(parsing bytes: Bytes) throws(FormatError) {
        var reader = ByteReader(bytes)
        guard try reader.take(D("staging").count) == D("staging") else { throw .notCanonical }
        let oldSize = try reader.u64()
        let count = Int(try reader.u32())
        guard count <= reader.remaining / 2 else { throw .truncated }
        var entries: [Bytes] = []
        for _ in 0..<count { entries.append(try reader.lp()) }
        let hashed = reader.consumed
        guard try reader.hash() == Hash256(of: bytes.prefix(hashed)) else { throw .notCanonical }
        try reader.finish()
        self.init(oldSize: oldSize, entries: entries)
    }
}
