package import Sealing

/// What is known about a segment without opening its body.
package struct IndexedSegment: Hashable, Sendable {
    package let id: Hash256
    package let kind: Kind
    package let app: AppName
    package let device: VerifyingKey
    package let from: Milliseconds
    package let until: Milliseconds
    package let count: UInt32
    package let bodyHash: Hash256
    /// When it came into the vault. The review window starts at the later of this and its day's end.
    package let arrived: Milliseconds

    package var day: Day { Day(of: from) }
}

/// The vault's index: a sealed cache of all labels. It can be rebuilt from the segments.
struct SegmentCatalog: Sendable, Equatable {
    /// By id.
    var segments: [Hash256: IndexedSegment] = [:]
    /// Segments whose header or label does not open or does not verify.
    var damaged: Set<Hash256> = []

    var knows: Set<Hash256> { damaged.union(segments.keys) }

    var encoded: Bytes {
        var writer = ByteWriter()
        writer.u32(UInt32(segments.count))
        for (_, segment) in segments.sorted(by: { $0.key < $1.key }) {
            writer.append(segment.id)
            writer.lp(segment.kind.rawValue)
            writer.lp(segment.app.string)
            writer.append(segment.device.hash)
            writer.milliseconds(segment.from)
            writer.milliseconds(segment.until)
            writer.u32(segment.count)
            writer.append(segment.bodyHash)
            writer.milliseconds(segment.arrived)
        }
        writer.u32(UInt32(damaged.count))
        for id in damaged.sorted() { writer.append(id) }
        return writer.bytes
    }

    init() {}

    init(parsing bytes: Bytes) throws(FormatError) {
        var reader = ByteReader(bytes)
        for _ in 0..<(try reader.u32()) {
            let id = try reader.hash()
            guard let kind = Kind(rawValue: try reader.lpString()) else { throw .notCanonical }
            segments[id] = IndexedSegment(
                id: id, kind: kind, app: try AppName(try reader.lpString()),
                device: try VerifyingKey(try reader.take(32)), from: try reader.milliseconds(),
                until: try reader.milliseconds(),
                count: try reader.u32(), bodyHash: try reader.hash(), arrived: try reader.milliseconds())
        }
        for _ in 0..<(try reader.u32()) { damaged.insert(try reader.hash()) }
        try reader.finish()
    }
}
