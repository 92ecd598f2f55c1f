package import Crypto
internal import FoundationEssentials

/// HPKE in base mode, one message a key: X-Wing, HKDF-SHA-256, AES-256-GCM (Design, "Cryptography"). All binding is in
/// `info`; `aad` is empty.
///
///     box = encapsulated key 1,120 ‖ ciphertext ‖ tag 16
package enum SealedBox {
    package static let encapsulatedCount = 1120
    package static let tagCount = 16
    /// A sealed 32-byte key.
    package static let sealedKeyCount = encapsulatedCount + 32 + tagCount
    /// The most messages under one encapsulated key. A release has at most a thousand positions, so a session has room
    /// to ask for each of them alone. It is far below where AES-GCM wears out.
    package static let messageLimit = 4096

    static let suite = HPKE.Ciphersuite.XWingMLKEM768X25519_SHA256_AES_GCM_256

    package static func seal(
        _ plaintext: Bytes, to recipient: SealingPublicKey, info: Bytes
    ) throws(SealingError) -> Bytes {
        var context = try SealingContext(to: recipient, info: info)
        return context.encapsulated + (try context.seal(plaintext))
    }

    package static func open(_ box: Bytes, with key: SealingPrivateKey, info: Bytes) throws(SealingError) -> Bytes {
        var plaintext = try data(in: box, with: key, info: info)
        defer { wipe(&plaintext) }
        return Bytes(plaintext)
    }

    /// Seals a 32-byte key. No copy of it in ordinary memory outlives the call.
    package static func seal(
        key: SymmetricKey, to recipient: SealingPublicKey, info: Bytes
    ) throws(SealingError) -> Bytes {
        guard key.bitCount == 256 else { throw .keyUnusable }
        var plaintext = Bytes()
        plaintext.reserveCapacity(32)
        defer { wipe(&plaintext) }
        key.append(to: &plaintext)
        return try seal(plaintext, to: recipient, info: info)
    }

    /// Opens a box that holds a 32-byte key and nothing else.
    package static func openKey(
        _ box: Bytes, with key: SealingPrivateKey, info: Bytes
    ) throws(SealingError) -> SymmetricKey {
        guard box.count == sealedKeyCount else { throw .malformed(.outOfBounds) }
        var plaintext = try data(in: box, with: key, info: info)
        return SymmetricKey(wiping: &plaintext)
    }

    private static func data(in box: Bytes, with key: SealingPrivateKey, info: Bytes) throws(SealingError) -> Data {
        guard box.count >= encapsulatedCount + tagCount else { throw .malformed(.truncated) }
        var context = try OpeningContext(box[..<encapsulatedCount], with: key, info: info)
        return try context.data(in: box[encapsulatedCount...])
    }
}
