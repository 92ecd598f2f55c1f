import Records
package import Sealing
package import Vault

/// What sealing needs: the vault, the device's signing key and a public key. None of them can open a segment.
package struct SegmentSealer: Sendable {
    package let vault: VaultDirectory
    package let device: SigningKey
    package let recipient: SealingPublicKey

    package init(vault: VaultDirectory) throws(CofferError) {
        self.vault = vault
        device = try vault.deviceKey()
        recipient = try vault.sealingPublicKey()
    }

    /// Takes out of records what the person wants out, as it is set now.
    var removal: SecretRemoval { SecretRemoval(vault.secretFilter) }
}
