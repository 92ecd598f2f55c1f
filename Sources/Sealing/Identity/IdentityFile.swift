internal import CSodium
internal import Crypto
internal import FoundationEssentials

/// The seed's file, encrypted under a passphrase.
///
///     D("identity") ‖ salt 16 ‖ nonce 12 ‖ AES-256-GCM(seed 32) ‖ tag 16
///
/// The key is Argon2id(passphrase, salt; t = 3, 128 MiB, p = 1), 32 bytes; aad = D("identity") ‖ salt.
package enum IdentityFile {
    static let saltCount = 16
    private static let nonceCount = 12
    private static let prefix = D("identity")
    /// The length of every identity file.
    package static let count = prefix.count + saltCount + nonceCount + IdentitySeed.count + 16

    package static func seal(
        _ seed: borrowing IdentitySeed, passphrase: borrowing SecretMemory
    ) throws(SealingError) -> Bytes {
        try seal(seed, passphrase: passphrase, salt: Random.bytes(saltCount), nonce: Random.bytes(nonceCount))
    }

    /// Seals with a given salt and nonce, for tests with known answers only.
    package static func seal(
        _ seed: borrowing IdentitySeed, passphrase: borrowing SecretMemory, salt: Bytes, nonce: Bytes
    ) throws(SealingError) -> Bytes {
        let key = try Argon2id.key(passphrase: passphrase, salt: salt)
        let aad = prefix + salt
        do {
            let box = try unsafe seed.withBytes { bytes in
                try unsafe AES.GCM.seal(bytes, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: aad)
            }
            return aad + nonce + box.ciphertext + box.tag
        } catch {
            throw .keyUnusable
        }
    }

    /// A wrong passphrase and a changed file give the same error: `notAuthentic`.
    package static func open(_ file: Bytes, passphrase: borrowing SecretMemory) throws(SealingError) -> IdentitySeed {
        guard file.count == count, file.starts(with: prefix) else { throw .malformed(.notCanonical) }
        let aad = Array(file[..<(prefix.count + saltCount)])
        let key = try Argon2id.key(passphrase: passphrase, salt: Array(aad.suffix(saltCount)))
        let body = file[aad.count...]
        var seed: Data
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: body.prefix(nonceCount)),
                ciphertext: body.dropFirst(nonceCount).dropLast(16),
                tag: body.suffix(16))
            seed = try AES.GCM.open(box, using: key, authenticating: aad)
        } catch {
            throw .notAuthentic
        }
        defer { wipe(&seed) }
        guard var memory = try? SecretMemory(count: IdentitySeed.count) else { throw .keyUnusable }
        unsafe memory.withMutableBytes { target in
            unsafe seed.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
        }
        return try IdentitySeed(memory)
    }
}

/// Argon2id with the one cost that identity files use.
enum Argon2id {
    static func key(passphrase: borrowing SecretMemory, salt: Bytes) throws(SealingError) -> SymmetricKey {
        try hash(passphrase: passphrase, salt: salt, count: 32, passes: 3, memory: 128 << 20)
    }

    /// `memory` in bytes; one lane. The salt has 16 bytes.
    static func hash(
        passphrase: borrowing SecretMemory, salt: Bytes, count: Int, passes: UInt64, memory: Int
    ) throws(SealingError) -> SymmetricKey {
        guard Sodium.isReady, salt.count == Int(crypto_pwhash_SALTBYTES) else { throw .keyUnusable }
        var key = Bytes(repeating: 0, count: count)
        defer { wipe(&key) }
        let result = unsafe passphrase.withBytes { passphrase in
            guard let start = unsafe passphrase.bindMemory(to: CChar.self).baseAddress else { return CInt(-1) }
            return unsafe crypto_pwhash(
                &key, UInt64(count), start, UInt64(passphrase.count), salt, passes, memory,
                crypto_pwhash_ALG_ARGON2ID13)
        }
        guard result == 0 else { throw .keyUnusable }
        return SymmetricKey(data: key)
    }
}
