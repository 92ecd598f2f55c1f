internal import CSodium
package import Crypto
internal import FoundationEssentials

/// Wipes an array in place. It must be the only reference to its storage, or only a copy is wiped. So build, use and
/// wipe an array in one function, and pass it only as a parameter.
package func wipe(_ bytes: inout Bytes) {
    unsafe bytes.withUnsafeMutableBytes { unsafe wipe($0) }
}

/// Wipes memory in place.
func wipe(_ bytes: UnsafeMutableRawBufferPointer) { unsafe sodium_memzero(bytes.baseAddress, bytes.count) }

/// Wipes data in place. It must be the only reference to its storage.
func wipe(_ data: inout Data) {
    unsafe data.withUnsafeMutableBytes { unsafe sodium_memzero($0.baseAddress, $0.count) }
}

extension SymmetricKey {
    /// A key from these bytes, which are wiped. They must be the only reference to their storage.
    init(wiping data: inout Data) {
        self.init(data: data)
        wipe(&data)
    }

    /// Appends the key's bytes to an array with room for them. The caller wipes the array.
    func append(to bytes: inout Bytes) {
        unsafe withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// Passes the key's bytes, for storing or comparing. The pointer is valid inside the closure only.
    package func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try unsafe withUnsafeBytes { try unsafe body($0) }
    }
}

extension ByteReader {
    /// A key of 32 bytes, without another copy of them.
    mutating func key() throws(FormatError) -> SymmetricKey { SymmetricKey(data: try slice(32)) }
}
