package import Sealing

/// One entry of the ledger: u64 milliseconds ‖ the note (Design, "The ledger is the state").
package struct Entry: Hashable, Sendable {
    /// When the ledger received the note, by the ledger's clock. Inside `apply` only the maximum of all stamps counts.
    package let stamp: Milliseconds
    /// The signed note as received.
    package let note: Bytes

    package init(stamp: Milliseconds, note: Bytes) {
        self.stamp = stamp
        self.note = note
    }

    /// The number of bytes before the note.
    package static let stampCount = 8

    /// Takes any eight or more bytes. `apply` decides whether they hold a note.
    package init(parsing bytes: Bytes) throws(FormatError) { try self.init(parsing: bytes[...]) }

    /// Takes any eight or more bytes, without checking that they hold a note.
    package init(parsing bytes: ArraySlice<UInt8>) throws(FormatError) {
        self.stamp = try Self.stamp(of: bytes)
        self.note = Array(bytes.dropFirst(Self.stampCount))
    }

    /// The stamp of an entry's bytes.
    package static func stamp(of bytes: ArraySlice<UInt8>) throws(FormatError) -> Milliseconds {
        var reader = ByteReader(bytes)
        return try reader.milliseconds()
    }

    package var encoded: Bytes {
        var writer = ByteWriter()
        writer.milliseconds(stamp)
        writer.append(note)
        return writer.bytes
    }
}
