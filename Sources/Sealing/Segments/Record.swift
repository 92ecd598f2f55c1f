/// One thing that happened.
///
///     u32 length of what follows ‖ u64 unix ms ‖ one canonical JSON object
///     kind screen: then u32 n ‖ n bytes of zstd tiles
///
/// The object is kept as encoded bytes: it is encoded once, then held, written, sealed and released, and parsed only
/// where its members are needed.
package struct Record: Hashable, Sendable {
    package let time: Milliseconds
    /// One canonical JSON object, encoded; its members are the kind's own.
    package let json: Bytes
    /// Compressed pixels; present exactly for kind screen.
    package let tiles: Bytes?

    /// `json` must be one encoded canonical object: a record's content, or the object of a parsed record.
    package init(time: Milliseconds, json: Bytes, tiles: Bytes? = nil) {
        self.time = time
        self.json = json
        self.tiles = tiles
    }

    package init(time: Milliseconds, object: CanonicalJSON, tiles: Bytes? = nil) {
        self.init(time: time, json: object.encoded, tiles: tiles)
    }

    /// The object as a tree, for showing and exporting.
    package var object: CanonicalJSON { get throws(FormatError) { try CanonicalJSON(parsing: json) } }

    /// The length of `encoded` in bytes.
    package var encodedCount: Int { 12 + json.count + (tiles.map { 4 + $0.count } ?? 0) }

    /// The record's bytes in a segment of this kind. Throws `.notCanonical` for JSON that is not an object and for
    /// tiles where none belong, `.outOfBounds` for a record that no segment can hold.
    package func encoded(kind: Kind) throws(FormatError) -> Bytes {
        var writer = ByteWriter()
        try encode(into: &writer, kind: kind)
        return writer.bytes
    }

    private func encode(into writer: inout ByteWriter, kind: Kind) throws(FormatError) {
        guard json.first == UInt8(ascii: "{"), (tiles != nil) == (kind == .screen) else { throw .notCanonical }
        guard encodedCount <= UInt32.max else { throw .outOfBounds }
        writer.u32(UInt32(8 + json.count))
        writer.milliseconds(time)
        writer.append(json)
        if let tiles {
            writer.u32(UInt32(tiles.count))
            writer.append(tiles)
        }
    }

    package static func encode(_ records: [Record], kind: Kind) throws(FormatError) -> Bytes {
        var writer = ByteWriter()
        for record in records { try record.encode(into: &writer, kind: kind) }
        return writer.bytes
    }

    /// u32 length ‖ records ‖ zeros to Padmé: the plaintext of a segment's body and of a journal's frame.
    static func padded(_ records: [Record], kind: Kind, atLeast least: Int = Padme.minimum) throws(FormatError) -> Bytes
    {
        let count = records.reduce(0) { $0 + $1.encodedCount }
        let whole = Padme.padded(4 + count, atLeast: least)
        var writer = ByteWriter([], room: whole)
        writer.u32(UInt32(clamping: count))
        for record in records { try record.encode(into: &writer, kind: kind) }
        guard count <= SegmentSpan.maximumRecordBytes else { throw .outOfBounds }
        writer.pad(to: whole)
        return writer.bytes
    }

    /// The encoded records in exactly what `padded` writes.
    static func unpadded(_ plaintext: Bytes, atLeast least: Int = Padme.minimum) throws(FormatError) -> Bytes {
        var reader = ByteReader(plaintext)
        let count = Int(try reader.u32())
        guard count <= SegmentSpan.maximumRecordBytes else { throw .outOfBounds }
        let records = try reader.take(count)
        guard plaintext.count == Padme.padded(reader.consumed, atLeast: least) else { throw .notCanonical }
        try reader.zerosToEnd()
        return records
    }

    /// Reads whole records up to the end, each with a canonical object. Throws for the first record that is malformed.
    package static func parse(_ bytes: Bytes, kind: Kind) throws(FormatError) -> [Record] {
        let records = try split(bytes, kind: kind)
        for record in records { try CanonicalJSON.checkObject(record.json) }
        return records
    }

    /// The records before the first malformed one, and how many bytes follow them.
    static func prefix(of bytes: Bytes, kind: Kind) -> (records: [Record], rest: Int) {
        var reader = ByteReader(bytes)
        var records: [Record] = []
        while reader.remaining > 0 {
            let rest = reader.remaining
            guard let record = try? one(&reader, kind: kind), (try? CanonicalJSON.checkObject(record.json)) != nil
            else {
                return (records, rest)
            }
            records.append(record)
        }
        return (records, 0)
    }

    /// Reads whole records up to the end without checking their objects. Only for bytes that this process has written
    /// itself.
    static func split(_ bytes: Bytes, kind: Kind) throws(FormatError) -> [Record] {
        var reader = ByteReader(bytes)
        var records: [Record] = []
        while reader.remaining > 0 { records.append(try one(&reader, kind: kind)) }
        return records
    }

    private static func one(_ reader: inout ByteReader, kind: Kind) throws(FormatError) -> Record {
        let count = Int(try reader.u32())
        guard count >= 8 else { throw .outOfBounds }
        let time = try reader.milliseconds()
        let json = try reader.take(count - 8)
        let tiles = kind == .screen ? try reader.take(Int(try reader.u32())) : nil
        return Record(time: time, json: json, tiles: tiles)
    }
}
