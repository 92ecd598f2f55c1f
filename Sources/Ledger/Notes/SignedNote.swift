package import Sealing

/// A C2SP signed note (c2sp.org/signed-note@v1.0.0): a text and signatures over it.
///
/// What parses re-encodes to the same bytes.
package struct SignedNote: Hashable, Sendable {
    /// The largest note Coffer takes: it must fit a tlog-tiles entry with its eight bytes of time (DESIGN §8).
    package static let maximumCount = 65_527
    /// The largest head: sixteen signatures and more of five kilobytes, as post-quantum ones have.
    package static let maximumHeadCount = 262_144
    /// The most signature lines a note may carry.
    package static let maximumSignatures = 64

    /// The text with its final newline. Every signature and every hash is over these bytes as received.
    package let text: Bytes
    /// The signature lines in the order they stand.
    package private(set) var signatures: [NoteSignature]

    /// A note of a text that ends in a newline.
    package init(text: Bytes, signatures: [NoteSignature]) throws(NoteError) {
        guard text.last == UInt8(ascii: "\n"), Self.isPrintable(text[...]) else { throw .malformed }
        self.text = text
        self.signatures = signatures
    }

    /// Parses a whole note, strictly.
    package init(
        parsing bytes: some Collection<UInt8>, atMost limit: Int = SignedNote.maximumCount
    ) throws(NoteError) {
        try self.init(parsing: Array(bytes)[...], atMost: limit)
    }

    /// Parses a whole note, strictly.
    package init(parsing bytes: ArraySlice<UInt8>, atMost limit: Int = SignedNote.maximumCount) throws(NoteError) {
        guard bytes.count <= limit else { throw .tooLarge }
        // The last blank line splits the text from the signatures, which are UTF-8 if they parse.
        guard bytes.last == UInt8(ascii: "\n"), let length = Self.lastBlankLine(bytes.span),
            Self.isPrintable(bytes.prefix(length))
        else { throw .malformed }
        self.text = Array(bytes.prefix(length))
        var signatures: [NoteSignature] = []
        var start = bytes.startIndex + length + 1
        while start < bytes.endIndex {
            guard signatures.count < Self.maximumSignatures else { throw .tooLarge }
            guard let end = bytes[start...].firstIndex(of: 10) else { throw .malformed }
            signatures.append(try NoteSignature(parsing: bytes[start..<end]))
            start = end + 1
        }
        guard !signatures.isEmpty else { throw .malformed }
        self.signatures = signatures
    }

    /// The index of the second of the last two newlines that follow one another.
    private static func lastBlankLine(_ bytes: Swift.Span<UInt8>) -> Int? {
        var i = bytes.count - 2
        while i > 0 {
            if bytes[i] == 10, bytes[i - 1] == 10 { return i }
            i -= 1
        }
        return nil
    }

    /// Parses a log's head, which may carry more signatures by others than a statement.
    package init(head bytes: some Collection<UInt8>) throws(NoteError) {
        try self.init(parsing: bytes, atMost: Self.maximumHeadCount)
    }

    /// UTF-8 without control characters but newlines (c2sp.org/signed-note).
    private static func isPrintable(_ bytes: ArraySlice<UInt8>) -> Bool {
        let isASCII: Bool? = bytes.withUnsafeBufferPointer { bytes in
            var all: UInt8 = 0
            var controls: UInt8 = 0
            for byte in bytes {
                all |= byte
                controls |= (byte < 0x20 ? 1 : 0) & (byte != 10 ? 1 : 0)
            }
            return controls == 0 ? all < 0x80 : nil
        }
        guard let isASCII else { return false }
        return isASCII || (try? UTF8Span(validating: bytes.span)) != nil
    }

    package var encoded: Bytes {
        text + [10] + signatures.flatMap { $0.encoded }
    }

    /// The identity of a statement: SHA-256(D("statement") ‖ text). Its signatures are not part of it (DESIGN §3).
    package var hash: Hash256 { Self.identity(of: text) }

    /// The same of a statement's text alone.
    package static func identity(of text: Bytes) -> Hash256 { Hash256(of: domain, text) }

    private static let domain = D("statement")

    package mutating func add(_ signature: NoteSignature) {
        if !signatures.contains(signature) { signatures.append(signature) }
    }

    /// Adds a type 01 signature by this key, named by the hex of its public key.
    package mutating func sign(with key: SigningKey) {
        add(NoteKey(signer: key.publicKey).sign(text, with: key))
    }

    /// The keys, named by their hex, whose type 01 signature over the text verifies.
    ///
    /// A line that names a key by its hex and does not verify makes the whole note invalid, as does a key that
    /// stands twice.
    package func signers() throws(NoteError) -> Set<VerifyingKey> {
        var signers: Set<VerifyingKey> = []
        for line in signatures {
            guard let key = try? VerifyingKey(hex: line.name) else { continue }
            guard NoteKey.keyID(name: line.name, kind: .ed25519, key: key) == line.keyID else { continue }
            guard key.isValid(signature: line.signature, over: text) else { throw .badSignature }
            guard signers.insert(key).inserted else { throw .duplicateSigner }
        }
        return signers
    }

    /// The key that each line names by its hex, in order; nil when a line names none, has another key ID, or names a
    /// key that stands twice.
    package var namedKeys: [VerifyingKey]? {
        var keys: [VerifyingKey] = []
        for line in signatures {
            guard let key = try? VerifyingKey(hex: line.name),
                line.keyID == NoteKey.keyID(name: line.name, kind: .ed25519, key: key), !keys.contains(key)
            else { return nil }
            keys.append(key)
        }
        return keys
    }

    /// Whether every line is a type 01 signature of the key that `namedKeys` says.
    package func isValidlySigned(by keys: [VerifyingKey]) -> Bool {
        keys.count == signatures.count
            && zip(keys, signatures).allSatisfy { $0.isValid(signature: $1.signature, over: text) }
    }
}
