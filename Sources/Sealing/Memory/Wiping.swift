internal import CSodium
package import Crypto
internal import FoundationEssentials

/// Wipes an array in place. It must be the only reference to its storage, else only a copy would be wiped: build it,
/// use it and wipe it in one function, and hand it down as a parameter only.
package func wipe(_ bytes: inout Bytes) {
    unsafe bytes.withUnsafeMutableBytes { unsafe wipe($0) }
}

/// Wipes memory in place.
func wipe(_ bytes: UnsafeMutableRawBufferPointer) { unsafe sodium_memzero(bytes.baseAddress, bytes.count) }

/// Wipes data in place; the same condition holds.
func wipe(_ data: inout Data) {
    unsafe data.withUnsafeMutableBytes { unsafe sodium_memzero($0.baseAddress, $0.count) }
}

extension SymmetricKey {
    /// A key from these bytes, which are wiped. They must be the only reference to their storage.
    init(wiping data: inout Data) {
        self.init(data: data)
        wipe(&data)
    }

    /// Appends the key's bytes to an array with room for them, which whoever made it wipes.
    func append(to bytes: inout Bytes) {
        unsafe withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// The key's bytes, for whoever must store or compare them. The pointer is good inside the closure only.
    package func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try unsafe withUnsafeBytes { try unsafe body($0) }
    }
}

extension ByteReader {
    /// Thirty-two bytes as a key, copied nowhere else.
    mutating func key() throws(FormatError) -> SymmetricKey { SymmetricKey(data: try slice(32)) }
}
