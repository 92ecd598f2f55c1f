internal import Glibc

extension ArraySlice<UInt8> {
    /// Where a byte stands first; libc's search, since every byte of a log is looked at so.
    package func position(of byte: UInt8) -> Int? {
        unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let place = unsafe memchr(base, Int32(byte), bytes.count) else {
                return nil
            }
            return startIndex + (unsafe UnsafeRawPointer(place) - base)
        }
    }
}
