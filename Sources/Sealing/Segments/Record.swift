/// One thing that happened.
///
///     u32 length of what follows ‖ u64 unix ms ‖ one canonical JSON object
///     kind screen: then u32 n ‖ n bytes of zstd tiles
package struct Record: Hashable, Sendable {
    package let time: Milliseconds
    /// An object; its members are the kind's own.
    package let object: CanonicalJSON
    /// Compressed pixels: for kind screen always, else never.
    package let tiles: Bytes?

    package init(time: Milliseconds, object: CanonicalJSON, tiles: Bytes? = nil) {
        self.time = time
        self.object = object
        self.tiles = tiles
    }

    /// The record's bytes in a segment of this kind. An object that is none, or tiles where none belong, are refused.
    package func encoded(kind: Kind) throws(FormatError) -> Bytes {
        guard case .object = object, (tiles != nil) == (kind == .screen) else { throw .notCanonical }
        let json = object.encoded
        var writer = ByteWriter()
        writer.u32(UInt32(8 + json.count))
        writer.u64(time)
        writer.append(json)
        if let tiles {
            writer.u32(UInt32(tiles.count))
            writer.append(tiles)
        }
        return writer.bytes
    }

    package static func encode(_ records: [Record], kind: Kind) throws(FormatError) -> Bytes {
        var bytes = Bytes()
        for record in records { bytes += try record.encoded(kind: kind) }
        return bytes
    }

    /// Whole records up to the end.
    package static func parse(_ bytes: Bytes, kind: Kind) throws(FormatError) -> [Record] {
        var reader = ByteReader(bytes)
        var records: [Record] = []
        while reader.remaining > 0 {
            let count = Int(try reader.u32())
            guard count >= 8 else { throw .outOfBounds }
            let time = try reader.u64()
            let object = try CanonicalJSON(parsing: try reader.take(count - 8))
            guard case .object = object else { throw .notCanonical }
            let tiles = kind == .screen ? try reader.take(Int(try reader.u32())) : nil
            records.append(Record(time: time, object: object, tiles: tiles))
        }
        return records
    }
}
