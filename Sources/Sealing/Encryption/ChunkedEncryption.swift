package import Crypto
internal import FoundationEssentials

/// C2SP chunked-encryption, Cobblestone-256: key-committing, seekable AES-256-GCM (Design, "Cryptography").
///
///     key 32 ‖ base nonce 12 ‖ commitment 32 = HKDF-Expand-SHA-512(input key,
///         "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM" ‖ 0x00 ‖ salt 24 ‖ context)
///     file = salt 24 ‖ commitment 32 ‖ chunks
///     chunk i = AES-256-GCM(key, base nonce XOR i, 16,384 plaintext bytes, the last one fewer), aad empty
///
/// The last chunk is always shorter than 16,384 bytes and may be empty, so that a file cut between chunks does not
/// open.
package enum ChunkedEncryption {
    package static let saltCount = 24
    package static let headCount = saltCount + 32
    package static let chunkCount = 16_384
    private static let sealedChunkCount = chunkCount + 16

    /// The length of the file for a plaintext of this length.
    package static func sealedCount(_ plaintextCount: Int) -> Int {
        headCount + plaintextCount + (plaintextCount / chunkCount + 1) * 16
    }

    /// The length of the plaintext in a file of this length.
    package static func plaintextCount(_ sealedCount: Int) throws(SealingError) -> Int {
        let body = sealedCount - headCount
        guard body >= 16 else { throw .malformed(.truncated) }
        let rest = body % sealedChunkCount
        guard rest >= 16 else { throw .malformed(.outOfBounds) }
        return body / sealedChunkCount * chunkCount + rest - 16
    }

    package static func seal(
        _ plaintext: Bytes, key: SymmetricKey, context: Bytes
    ) throws(SealingError) -> Bytes {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<saltCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return try seal(plaintext, key: key, context: context, salt: salt)
    }

    /// Seals with a given salt of 24 bytes, for tests with known answers only: a salt must never be used twice with one
    /// key.
    package static func seal(
        _ plaintext: Bytes, key: SymmetricKey, context: Bytes, salt: Bytes
    ) throws(SealingError) -> Bytes {
        let schedule = try ChunkSchedule(key: key, salt: salt, context: context)
        var file = Bytes()
        file.reserveCapacity(sealedCount(plaintext.count))
        file += salt
        file += schedule.commitment
        for number in 0...plaintext.count / chunkCount {
            let start = number * chunkCount
            let chunk = plaintext[start..<min(start + chunkCount, plaintext.count)]
            try schedule.seal(chunk, number: number, into: &file)
        }
        return file
    }

    package static func open(_ file: Bytes, key: SymmetricKey, context: Bytes) throws(SealingError) -> Bytes {
        let count = try plaintextCount(file.count)
        return try openRange(file, range: 0..<count, key: key, context: context)
    }

    /// Whether the file is only the beginning of one that was sealed so: it is shorter than every sealed file, or its
    /// head was made with this key and context, and the length is not one that padding leads to. A file that is copied
    /// to its place piece by piece looks so for a while.
    package static func isCut(_ file: Bytes, key: SymmetricKey, context: Bytes) -> Bool {
        guard file.count >= headCount + 16 else { return true }
        guard let schedule = try? ChunkSchedule(key: key, salt: Array(file[..<saltCount]), context: context),
            schedule.commits(to: Array(file[saltCount..<headCount]))
        else { return false }
        guard let count = try? plaintextCount(file.count) else { return true }
        return Padme.padded(count) != count
    }

    /// The plaintext bytes in this range. Authenticates every chunk in the range, and the last chunk, which fixes the
    /// file's length.
    package static func openRange(
        _ file: Bytes, range: Range<Int>, key: SymmetricKey, context: Bytes
    ) throws(SealingError) -> Bytes {
        let count = try plaintextCount(file.count)
        guard range.lowerBound >= 0, range.upperBound <= count else { throw .malformed(.outOfBounds) }
        let schedule = try ChunkSchedule(key: key, salt: Array(file[..<saltCount]), context: context)
        guard schedule.commits(to: Array(file[saltCount..<headCount])) else { throw .notAuthentic }

        let last = count / chunkCount
        let lowest = range.lowerBound / chunkCount
        let highest = range.isEmpty ? lowest : (range.upperBound - 1) / chunkCount
        var plaintext = Bytes()
        plaintext.reserveCapacity(range.count)
        for number in Set(lowest...highest).union([last]).sorted() {
            let start = headCount + number * sealedChunkCount
            var chunk = try schedule.open(file[start..<min(start + sealedChunkCount, file.count)], number: number)
            defer { wipe(&chunk) }
            let wanted = range.clamped(to: number * chunkCount..<number * chunkCount + chunk.count)
            if wanted.isEmpty { continue }
            let offset = chunk.startIndex - number * chunkCount
            plaintext += chunk[wanted.lowerBound + offset..<wanted.upperBound + offset]
        }
        return plaintext
    }
}
