import Crypto

/// Hashes the parts of the formats without allocating an array for each.
extension SHA256 {
    mutating func update(_ bytes: Bytes) { unsafe bytes.withUnsafeBytes { unsafe update(bufferPointer: $0) } }

    mutating func update(_ hash: Hash256) { unsafe hash.withBytes { unsafe update(bufferPointer: $0) } }

    mutating func update(_ id: ID128) {
        unsafe withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { unsafe update(bufferPointer: $0) }
    }
}
