internal import Glibc

extension ArraySlice<UInt8> {
    /// Where a byte stands first; libc's search, since every byte of a log is looked at so.
    package func position(of byte: UInt8) -> Int? { position(of: byte, from: startIndex) }

    /// The same from an index on.
    func position(of byte: UInt8, from start: Int) -> Int? {
        precondition(start >= startIndex && start <= endIndex, "a search begins within the bytes")
        return unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                let place = unsafe memchr(base + (start - startIndex), Int32(byte), endIndex - start)
            else { return nil }
            return startIndex + (unsafe UnsafeRawPointer(place) - base)
        }
    }
}
