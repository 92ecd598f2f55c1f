internal import CSodium
package import Crypto

/// An Ed25519 public key (RFC 8032).
///
/// A signature is valid iff S < L, the key is canonical and not of small order, R is not of small order, and
/// [S]B − [h]A encodes to R byte for byte: libsodium 1.0.18's rule (Design, "Signatures").
package struct VerifyingKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The 32 bytes of the key.
    package let hash: Hash256

    /// Takes exactly 32 bytes. `isEnrollable` tells whether they are a good key.
    package init(_ bytes: some Collection<UInt8>) throws(FormatError) { self.hash = try Hash256(bytes) }

    package init(hex: String) throws(FormatError) { self.hash = try Hash256(hex: hex) }

    /// Parses exactly 64 lower-case hex digits, without a copy.
    package init(hex digits: Span<UInt8>) throws(FormatError) { self.hash = try Hash256(hex: digits) }

    /// The key with these 32 bytes.
    package init(hash: Hash256) { self.hash = hash }

    package var bytes: Bytes { hash.bytes }
    /// The key's name in signature lines and statements.
    package var hex: String { hash.hex }
    package var description: String { hex }

    package static func < (a: Self, b: Self) -> Bool { a.hash < b.hash }

    /// Whether the key is canonical and in the prime-order subgroup. Checked when a key enters the state.
    package var isEnrollable: Bool { unsafe crypto_core_ed25519_is_valid_point(bytes) == 1 }

    /// Whether the signature over the message is valid; false also when there are not 64 bytes.
    package func isValid(signature: Bytes, over message: Bytes) -> Bool {
        Signature(signature.span).map { isValid($0, over: message.span) } ?? false
    }

    /// Whether the signature over the message is valid, without a copy of the message.
    package func isValid(_ signature: Signature, over message: Span<UInt8>) -> Bool {
        unsafe signature.withBytes { signature in
            unsafe hash.withBytes { key in
                guard let signature = unsafe signature.assumingMemoryBound(to: UInt8.self).baseAddress,
                    let key = unsafe key.assumingMemoryBound(to: UInt8.self).baseAddress
                else { return false }
                return unsafe message.withUnsafeBufferPointer { message in
                    unsafe crypto_sign_verify_detached(signature, message.baseAddress, UInt64(message.count), key) == 0
                }
            }
        }
    }
}

/// An Ed25519 signature: R ‖ S, of 32 bytes each (RFC 8032 §5.1.6).
package struct Signature: Hashable, Sendable {
    package static let count = 64

    private let r: Hash256
    private let s: Hash256

    /// Nil unless there are 64 bytes. `VerifyingKey.isValid` checks the signature.
    package init?(_ bytes: Span<UInt8>) {
        guard bytes.count == Self.count else { return nil }
        self.r = Hash256(bytes, at: 0)
        self.s = Hash256(bytes, at: 32)
    }

    package var bytes: Bytes { r.bytes + s.bytes }

    /// The pointer is valid inside the closure only.
    fileprivate func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        unsafe withUnsafeBytes(of: (r.inOrder, s.inOrder)) { unsafe body($0) }
    }
}

/// An Ed25519 private key: a 32-byte seed that is wiped when its last copy is freed.
package struct SigningKey: Sendable {
    private let seed: SymmetricKey
    package let publicKey: VerifyingKey

    /// From a 32-byte seed; nil for any other length.
    package init?(seed: SymmetricKey) {
        guard seed.bitCount == 256 else { return nil }
        self.init(trusting: seed)
    }

    /// A fresh random key.
    package init() { self.init(trusting: SymmetricKey(size: .bits256)) }

    private init(trusting seed: SymmetricKey) {
        var publicBytes = Bytes()
        unsafe Self.withKeyPair(seed) { _, derived in publicBytes = derived }
        self.seed = seed
        self.publicKey = VerifyingKey(hash: Hash256(publicBytes.span, at: 0))
    }

    /// The 64-byte signature over these bytes. Deterministic.
    package func signature(over message: Bytes) -> Bytes {
        var signature = Bytes(repeating: 0, count: Signature.count)
        // libsodium's secret key is the seed and the public key, which is known.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { buffer in
            guard let secret = buffer.baseAddress else { return }
            defer { unsafe sodium_memzero(secret, 64) }
            unsafe seed.withUnsafeBytes { unsafe UnsafeMutableRawPointer(secret).copyMemory(from: $0, count: 32) }
            unsafe publicKey.hash.withBytes {
                unsafe UnsafeMutableRawPointer(secret + 32).copyMemory(from: $0, count: 32)
            }
            _ = unsafe crypto_sign_detached(&signature, nil, message, UInt64(message.count), secret)
        }
        return signature
    }

    /// Passes the seed, for storing the key. The pointer is valid inside the closure only.
    package func withSeed<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try unsafe seed.withUnsafeBytes { try unsafe body($0) }
    }

    /// Expands the seed into libsodium's 64-byte secret key, which is wiped when the closure returns.
    private static func withKeyPair(_ seed: SymmetricKey, _ body: (UnsafeMutablePointer<UInt8>, Bytes) -> Void) {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { buffer in
            guard let secret = buffer.baseAddress else { return }
            defer { unsafe sodium_memzero(secret, 64) }
            var publicKey = Bytes(repeating: 0, count: 32)
            unsafe seed.withUnsafeBytes { seed in
                guard let seed = unsafe seed.bindMemory(to: UInt8.self).baseAddress else { return }
                _ = unsafe crypto_sign_seed_keypair(&publicKey, secret, seed)
            }
            unsafe body(secret, publicKey)
        }
    }
}

extension UnsafeMutableRawPointer {
    fileprivate func copyMemory(from buffer: UnsafeRawBufferPointer, count: Int) {
        if let base = buffer.baseAddress { unsafe copyMemory(from: base, byteCount: min(count, buffer.count)) }
    }
}
