extension Span<UInt8> {
    /// Eight bytes as a number, the first of them the highest. They must be there.
    package func word(at place: Int) -> UInt64 {
        precondition(place >= 0 && place <= count - 8, "a word lies within its bytes")
        return UInt64(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
    }
}
