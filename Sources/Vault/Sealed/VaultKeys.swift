package import Crypto
package import Sealing

/// The keys for reading the vault. The keyholder holds them; it never holds the seed.
package struct VaultKeys: Sendable {
    /// Opens segments and journals.
    package let sealing: SealingPrivateKey
    /// Opens the index and the records of consents.
    package let index: SymmetricKey

    package init(sealing: SealingPrivateKey, index: SymmetricKey) {
        self.sealing = sealing
        self.index = index
    }

    package init(of seed: borrowing IdentitySeed) throws(CofferError) {
        do {
            self.init(sealing: try seed.sealingKey(), index: seed.indexKey())
        } catch {
            throw CofferError(.bug, "The identity's key cannot be used.")
        }
    }

    /// The keyholder's own signing key on this device: for labels of adopted and redacted segments.
    ///
    /// HKDF-SHA-256(index key, info D("keyholder-device") ‖ this device's public key). It is stored nowhere, and a new
    /// device gets a new one.
    func keyholderDevice(beside device: VerifyingKey) throws(CofferError) -> SigningKey {
        let seed = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: index, info: D("keyholder-device") + device.bytes, outputByteCount: 32)
        guard let key = SigningKey(seed: seed) else { throw CofferError(.bug, "A derived key has the wrong length.") }
        return key
    }
}

/// The keys for making pages under one consent.
package struct ConsentKeys: Sendable {
    /// root_c = HMAC(consentRoot, D("consent-root") ‖ pseudonym).
    package let root: SymmetricKey
    package let pseudonym: SigningKey

    package init(root: SymmetricKey, pseudonym: SigningKey) {
        self.root = root
        self.pseudonym = pseudonym
    }
}
