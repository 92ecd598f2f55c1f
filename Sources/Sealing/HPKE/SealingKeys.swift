package import Crypto
internal import FoundationEssentials

/// A recipient's public key: X-Wing (ML-KEM-768 and X25519).
package struct SealingPublicKey: Hashable, Sendable {
    /// 1,184 bytes of ML-KEM-768 ‖ 32 bytes of X25519.
    package static let count = 1216
    package let bytes: Bytes

    /// Takes exactly 1,216 bytes. A bad key is found only when something is sealed to it.
    package init(_ bytes: some Collection<UInt8>) throws(FormatError) {
        guard bytes.count == Self.count else { throw .outOfBounds }
        self.bytes = Array(bytes)
    }

    var kem: XWingMLKEM768X25519.PublicKey {
        get throws(SealingError) {
            do { return try XWingMLKEM768X25519.PublicKey(rawRepresentation: bytes) } catch { throw .keyUnusable }
        }
    }
}

/// The private key: a 32-byte seed and the keys expanded from it.
package struct SealingPrivateKey: Sendable {
    private let seed: SymmetricKey
    let kem: XWingMLKEM768X25519.PrivateKey
    package let publicKey: SealingPublicKey

    /// Expands a 32-byte seed (X-Wing's decapsulation key).
    package init(seed: SymmetricKey) throws(SealingError) {
        guard seed.bitCount == 256 else { throw .keyUnusable }
        do {
            var data = unsafe seed.withUnsafeBytes { unsafe Data($0) }
            defer { wipe(&data) }
            self.kem = try XWingMLKEM768X25519.PrivateKey(seedRepresentation: data, publicKey: nil)
            self.publicKey = try SealingPublicKey(kem.publicKey.rawRepresentation)
        } catch {
            throw .keyUnusable
        }
        self.seed = seed
    }

    /// A fresh random key.
    package init() throws(SealingError) { try self.init(seed: SymmetricKey(size: .bits256)) }

    /// Passes the seed, for storing the key. The pointer is valid inside the closure only.
    package func withSeed<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try unsafe seed.withUnsafeBytes { try unsafe body($0) }
    }
}
