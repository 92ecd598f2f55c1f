import Crypto
package import Sealing
package import Vault

/// The keys that `unlock` passes to the keyholder through a pipe. They are in locked memory at both ends, and never in
/// an argument, the environment or a file.
///
///     u32 count of what follows ‖ sealing seed 32 ‖ index key 32 ‖ consents × (root_c 32 ‖ pseudonym seed 32)
package struct KeyholderSecrets: Sendable {
    package let keys: VaultKeys
    package let consents: [ConsentKeys]

    package init(keys: VaultKeys, consents: [ConsentKeys]) {
        self.keys = keys
        self.consents = consents
    }

    /// The most consents that can be live at once.
    static let maximumConsents = 1000

    package func encoded() throws(CofferError) -> SecretMemory {
        let count = 64 + consents.count * 64
        var memory = try Self.memory(4 + count)
        memory.withMutableBytes { target in
            for i in 0..<4 { target[i] = UInt8(truncatingIfNeeded: count >> (24 - 8 * i)) }
            keys.sealing.withSeed { Self.copy($0, to: target, at: 4) }
            keys.index.withUnsafeBytes { Self.copy($0, to: target, at: 36) }
            for (i, consent) in consents.enumerated() {
                consent.root.withUnsafeBytes { Self.copy($0, to: target, at: 68 + i * 64) }
                consent.pseudonym.withSeed { Self.copy($0, to: target, at: 100 + i * 64) }
            }
        }
        return memory
    }

    /// Reads the encoded form through a function that fills the given memory completely.
    package init(reading fill: (inout SecretMemory) -> Bool) throws(CofferError) {
        var length = try Self.memory(4)
        guard fill(&length) else { throw Self.short }
        let count = length.withBytes { $0.reduce(0) { $0 << 8 | Int($1) } }
        guard count >= 64, count.isMultiple(of: 64), count <= 64 * (Self.maximumConsents + 1) else { throw Self.short }
        var body = try Self.memory(count)
        guard fill(&body) else { throw Self.short }
        let parts = body.withBytes { bytes in
            stride(from: 0, to: count, by: 32).map { start in
                SymmetricKey(data: UnsafeRawBufferPointer(rebasing: bytes[start..<start + 32]))
            }
        }
        guard let sealing = try? SealingPrivateKey(seed: parts[0]) else { throw Self.short }
        keys = VaultKeys(sealing: sealing, index: parts[1])
        consents = try stride(from: 2, to: parts.count, by: 2).map { i throws(CofferError) in
            guard let pseudonym = SigningKey(seed: parts[i + 1]) else { throw Self.short }
            return ConsentKeys(root: parts[i], pseudonym: pseudonym)
        }
    }

    /// One consent's keys, 64 bytes, for a running keyholder.
    static func consent(_ keys: ConsentKeys) throws(CofferError) -> SecretMemory {
        var memory = try memory(64)
        memory.withMutableBytes { target in
            keys.root.withUnsafeBytes { copy($0, to: target, at: 0) }
            keys.pseudonym.withSeed { copy($0, to: target, at: 32) }
        }
        return memory
    }

    static func consent(reading fill: (inout SecretMemory) -> Bool) throws(CofferError) -> ConsentKeys {
        var memory = try memory(64)
        guard fill(&memory) else { throw short }
        let (root, seed) = memory.withBytes { bytes in
            (
                SymmetricKey(data: UnsafeRawBufferPointer(rebasing: bytes[..<32])),
                SymmetricKey(data: UnsafeRawBufferPointer(rebasing: bytes[32...]))
            )
        }
        guard let pseudonym = SigningKey(seed: seed) else { throw short }
        return ConsentKeys(root: root, pseudonym: pseudonym)
    }

    private static func copy(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, at start: Int) {
        UnsafeMutableRawBufferPointer(rebasing: target[start..<start + 32])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<32]))
    }

    private static func memory(_ count: Int) throws(CofferError) -> SecretMemory {
        do { return try SecretMemory(count: count) } catch {
            throw CofferError(
                .configuration, "Memory for the keys cannot be locked.", hint: "Raise `ulimit -l` (locked memory).")
        }
    }

    private static var short: CofferError { CofferError(.bug, "The keyholder received incomplete keys.") }
}
