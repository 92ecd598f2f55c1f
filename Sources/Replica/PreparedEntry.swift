import Ledger
package import Rules
package import Sealing

/// A log's entry, prepared for `apply`, with its leaf hash.
package struct PreparedEntry: Sendable {
    /// u64 stamp ‖ note.
    package let bytes: ArraySlice<UInt8>
    package let stamp: Milliseconds
    package let note: PreparedNote
    package let leaf: Hash256

    /// Throws when the bytes are too short to hold a stamp.
    package init(parsing bytes: ArraySlice<UInt8>) throws(FormatError) {
        self.bytes = bytes
        self.stamp = try Entry.stamp(of: bytes)
        self.note = PreparedNote(bytes.dropFirst(Entry.stampCount))
        self.leaf = Merkle.leafHash(bytes)
    }
}
