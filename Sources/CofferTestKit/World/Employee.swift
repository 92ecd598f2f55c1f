package import Crypto
package import Sealing

/// A person whose keys come from her name: a pseudonym, the root of her consents' sub-keys, the key of her vault.
package struct Employee: Sendable {
    package let name: String
    package let pseudonym: SigningKey
    /// All sub-keys of her consents come from it.
    package let root: SymmetricKey
    /// Opens her vault.
    package let sealing: SealingPrivateKey
    package let device: SigningKey
    /// What her consents cover.
    package let scope: Scope

    package init(_ name: String, scope: Scope) throws(SealingError) {
        self.name = name
        self.scope = scope
        pseudonym = Scenario.key(name)
        root = ReplicatedPRF.consentRoot(
            SymmetricKey(data: Scenario.seed("identity " + name).bytes), pseudonym: pseudonym.publicKey)
        sealing = try Scenario.sealingKey("vault " + name)
        device = Scenario.key("device " + name)
    }

    package var scopeCommitment: Hash256 { scope.commitment(salt: Scope.salt(root: root)) }

    /// What a consent under these groups says of her sub-keys.
    package func subKeyCommitment(roster: Hash256, groups: [GroupShape]) -> Hash256 {
        ReplicatedPRF.commitment(
            ofAll: ReplicatedPRF.commitments(
                root: root, roster: roster, groups: groups, pseudonym: pseudonym.publicKey))
    }
}
