internal import Crypto

/// HMAC-SHA-256 and HKDF as the design uses them: from a key to a key.
enum Derive {
    /// HMAC-SHA-256(key, message) as a key.
    static func hmac(_ key: SymmetricKey, _ message: Bytes) -> SymmetricKey {
        SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: message, using: key))
    }

    /// HKDF-SHA-256 with an empty salt, 32 bytes.
    static func hkdf(_ key: SymmetricKey, info: Bytes) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: info, outputByteCount: 32)
    }
}
