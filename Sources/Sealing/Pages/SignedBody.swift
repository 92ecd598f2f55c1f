internal import Crypto

/// The common form of pages and indices: content ‖ signature ‖ zeros to Padmé, at least 16 KiB, in chunked encryption
/// under F_c(x) with context x.
///
/// The signature is the pseudonym's over SHA-256(D("page-body") ‖ x ‖ content).
enum SignedBody {
    /// The caller, who filled `content`, wipes it.
    static func seal(
        _ content: Bytes, x: Hash256, key: SymmetricKey, pseudonym: SigningKey, salt: Bytes
    ) throws(SealingError) -> Bytes {
        let count = Padme.padded(content.count + Signature.count)
        var plaintext = Bytes()
        plaintext.reserveCapacity(count)
        defer { wipe(&plaintext) }
        plaintext += content
        plaintext += pseudonym.signature(over: digest(content[...], x: x).bytes)
        plaintext += repeatElement(0, count: count - plaintext.count)
        return try ChunkedEncryption.seal(plaintext, key: key, context: x.bytes, salt: salt)
    }

    private static func digest(_ content: ArraySlice<UInt8>, x: Hash256) -> Hash256 {
        var hasher = SHA256()
        hasher.update(data: D("page-body"))
        hasher.update(data: x.bytes)
        hasher.update(data: content)
        return Hash256(hasher.finalize())
    }

    /// Opens the file, parses its content with a closure, and checks what follows the content.
    static func open<R>(
        _ file: Bytes, x: Hash256, key: SymmetricKey, pseudonym: VerifyingKey,
        content parse: (inout ByteReader) throws(FormatError) -> R
    ) throws(SealingError) -> R {
        var plaintext = try ChunkedEncryption.open(file, key: key, context: x.bytes)
        defer { wipe(&plaintext) }
        return try read(plaintext, x: x, pseudonym: pseudonym, content: parse)
    }

    // A separate function, so that its reader has been freed when the plaintext is wiped.
    private static func read<R>(
        _ plaintext: Bytes, x: Hash256, pseudonym: VerifyingKey,
        content parse: (inout ByteReader) throws(FormatError) -> R
    ) throws(SealingError) -> R {
        do {
            var reader = ByteReader(plaintext)
            let content = try parse(&reader)
            let digest = digest(plaintext[..<reader.consumed], x: x)
            let signature = try reader.take(Signature.count)
            guard plaintext.count == Padme.padded(reader.consumed) else { throw FormatError.notCanonical }
            try reader.zerosToEnd()
            guard pseudonym.isValid(signature: signature, over: digest.bytes) else { throw SealingError.notAuthentic }
            return content
        } catch let error as FormatError {
            throw .malformed(error)
        } catch {
            throw .notAuthentic
        }
    }
}
