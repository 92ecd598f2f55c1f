internal import CSodium
internal import Crypto
internal import FoundationEssentials

/// The keys of one file in chunked encryption; seals and opens its chunks.
struct ChunkSchedule: Sendable {
    private static let suite = Array("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM".utf8) + [0]

    private let key: SymmetricKey
    private let baseNonce: Bytes
    let commitment: Bytes

    init(key: SymmetricKey, salt: Bytes, context: Bytes) throws(SealingError) {
        guard key.bitCount == 256, salt.count == ChunkedEncryption.saltCount else { throw .keyUnusable }
        let material = HKDF<SHA512>.expand(
            pseudoRandomKey: key, info: Self.suite + salt + context, outputByteCount: 76)
        self.key = unsafe material.withUnsafeBytes { unsafe SymmetricKey(data: $0[..<32]) }
        self.baseNonce = unsafe material.withUnsafeBytes { unsafe Bytes($0[32..<44]) }
        self.commitment = unsafe material.withUnsafeBytes { unsafe Bytes($0[44..<76]) }
    }

    /// Compares in constant time.
    func commits(to other: Bytes) -> Bool {
        unsafe other.count == commitment.count && sodium_memcmp(commitment, other, commitment.count) == 0
    }

    /// base nonce XOR number, big-endian.
    private func nonce(_ number: Int) -> Bytes {
        var nonce = baseNonce
        for i in 0..<8 { nonce[11 - i] ^= UInt8(truncatingIfNeeded: number >> (8 * i)) }
        return nonce
    }

    func seal(_ chunk: ArraySlice<UInt8>, number: Int, into file: inout Bytes) throws(SealingError) {
        do {
            let box = try AES.GCM.seal(chunk, using: key, nonce: AES.GCM.Nonce(data: nonce(number)))
            file += box.ciphertext
            file += box.tag
        } catch {
            throw .keyUnusable
        }
    }

    func open(_ sealed: ArraySlice<UInt8>, number: Int) throws(SealingError) -> Data {
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: nonce(number)), ciphertext: sealed.dropLast(16), tag: sealed.suffix(16))
            return try AES.GCM.open(box, using: key)
        } catch {
            throw .notAuthentic
        }
    }
}
