package import Sealing
package import Vault

/// What sealing takes: the vault, the device's key and a public key. Nothing here can open what it seals.
package struct SegmentSealer: Sendable {
    package let vault: VaultDirectory
    package let device: SigningKey
    package let recipient: SealingPublicKey

    package init(vault: VaultDirectory) throws(CofferError) {
        self.vault = vault
        device = try vault.deviceKey()
        recipient = try vault.sealingPublicKey()
    }
}
