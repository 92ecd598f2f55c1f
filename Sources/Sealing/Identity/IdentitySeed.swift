package import Crypto

/// The one secret of an identity: 32 bytes in locked memory, from which everything else is derived
/// (Design, "Identity").
///
/// Derivation is HKDF-SHA-256 with an empty salt.
package struct IdentitySeed: ~Copyable, Sendable {
    package static let count = 32
    private let memory: SecretMemory

    /// A fresh random seed.
    package init() throws(SecretMemoryError) { self.memory = try SecretMemory.random(count: Self.count) }

    /// From exactly 32 bytes.
    package init(_ memory: consuming SecretMemory) throws(SealingError) {
        guard memory.count == Self.count else { throw .keyUnusable }
        self.memory = memory
    }

    /// Passes the seed. The pointer is valid inside the closure only.
    package func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe memory.withBytes(body)
    }

    private func derive(_ info: Bytes) -> SymmetricKey {
        Derive.hkdf(unsafe memory.withBytes { unsafe SymmetricKey(data: $0) }, info: info)
    }

    /// The key that segments and journals are sealed to. Info D("identity-sealing").
    package func sealingKey() throws(SealingError) -> SealingPrivateKey {
        try SealingPrivateKey(seed: derive(D("identity-sealing")))
    }

    /// The key that encrypts the vault's index. Info D("identity-index").
    package func indexKey() -> SymmetricKey { derive(D("identity-index")) }

    /// The key from which every consent's root is derived. Info D("identity-consents").
    package func consentRoot() -> SymmetricKey { derive(D("identity-consents")) }

    /// The i-th pseudonym. Info D("pseudonym") ‖ u32 i.
    package func pseudonym(_ number: UInt32) -> SigningKey {
        var info = ByteWriter(D("pseudonym"))
        info.u32(number)
        guard let key = SigningKey(seed: derive(info.bytes)) else {
            preconditionFailure("HKDF gave a key that is not 32 bytes long")
        }
        return key
    }
}
