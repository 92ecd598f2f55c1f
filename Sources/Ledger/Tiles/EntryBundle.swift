package import Sealing

/// Entries as a log serves them: (u16 length ‖ entry)*, at most 256 of at most 65,535 bytes.
package enum EntryBundle {
    package static let maximumEntry = 65_535

    package static func encode(_ entries: some Sequence<some Collection<UInt8>>) -> Bytes {
        var writer = ByteWriter()
        for entry in entries { writer.lp(entry) }
        return writer.bytes
    }

    /// Parses exactly `count` entries and nothing after them, without copies.
    package static func parse(_ bytes: Bytes, count: Int) throws(FormatError) -> [ArraySlice<UInt8>] {
        var reader = ByteReader(bytes)
        let entries = try parse(&reader, count: count)
        try reader.finish()
        return entries
    }

    /// Parses the first `count` entries; more may follow.
    package static func parse(_ reader: inout ByteReader, count: Int) throws(FormatError) -> [ArraySlice<UInt8>] {
        var entries: [ArraySlice<UInt8>] = []
        entries.reserveCapacity(count)
        for _ in 0..<count { entries.append(try reader.lpSlice()) }
        return entries
    }
}

/// A tile's hashes, one after the other.
package enum HashTile {
    package static func encode(_ hashes: some Sequence<Hash256>) -> Bytes { hashes.flatMap(\.bytes) }

    /// Exactly `width` hashes.
    package static func parse(_ bytes: Bytes, width: Int) throws(FormatError) -> [Hash256] {
        var reader = ByteReader(bytes)
        var hashes: [Hash256] = []
        for _ in 0..<width { hashes.append(try reader.hash()) }
        try reader.finish()
        return hashes
    }

    /// The root over a complete run of hashes. Their number must be a power of two.
    package static func root(_ hashes: ArraySlice<Hash256>) -> Hash256 {
        var level = Array(hashes)
        while level.count > 1 {
            level = stride(from: 0, to: level.count - 1, by: 2).map { Merkle.nodeHash(level[$0], level[$0 + 1]) }
        }
        return level.first ?? Merkle.emptyRoot
    }
}
