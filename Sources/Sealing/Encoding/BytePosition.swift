internal import Glibc

extension ArraySlice<UInt8> {
    /// The index of a byte's first occurrence. Uses libc's search, since every byte of a log passes through it.
    package func position(of byte: UInt8) -> Int? { position(of: byte, from: startIndex) }

    /// The index of a byte's first occurrence at or after `start`.
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
