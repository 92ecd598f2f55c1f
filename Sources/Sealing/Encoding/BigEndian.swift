extension Span<UInt8> {
    /// Reads eight bytes at an index as a big-endian number. All eight must exist.
    package func word(at place: Int) -> UInt64 {
        precondition(place >= 0 && place <= count - 8, "a word lies within its bytes")
        return UInt64(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
    }
}
