package import Sealing

/// A signed note inside other bytes: a `SignedNote` without a copy of its text.
package struct NoteSlice: Sendable {
    /// The text with its final newline.
    package let text: ArraySlice<UInt8>
    /// The signature lines, in order.
    package let signatures: [NoteSignature]

    /// A slice of a whole note.
    package init(_ note: SignedNote) {
        self.text = note.text[...]
        self.signatures = note.signatures
    }

    /// Parses a whole note, strictly.
    package init(
        parsing bytes: ArraySlice<UInt8>, atMost limit: Int = SignedNote.maximumCount
    ) throws(NoteError) {
        guard bytes.count <= limit else { throw .tooLarge }
        // The last blank line separates the text from the signatures. Signatures that parse are valid UTF-8.
        guard bytes.last == UInt8(ascii: "\n"), let split = Self.lastBlankLine(bytes),
            Self.isPrintable(bytes[..<split])
        else { throw .malformed }
        self.text = bytes[..<split]
        var signatures: [NoteSignature] = []
        var rest = bytes[(split + 1)...]
        while !rest.isEmpty {
            guard signatures.count < SignedNote.maximumSignatures else { throw .tooLarge }
            guard let end = rest.position(of: UInt8(ascii: "\n")) else { throw .malformed }
            signatures.append(try NoteSignature(parsing: rest[..<end]))
            rest = rest[(end + 1)...]
        }
        guard !signatures.isEmpty else { throw .malformed }
        self.signatures = signatures
    }

    /// The index of the second newline in the last pair of adjacent newlines.
    private static func lastBlankLine(_ bytes: ArraySlice<UInt8>) -> Int? {
        let distance: Int? = bytes.withUnsafeBufferPointer { bytes in
            var i = bytes.count - 2
            while i > 0 {
                if unsafe bytes[i] == 10, unsafe bytes[i - 1] == 10 { return i }
                i -= 1
            }
            return nil
        }
        return distance.map { bytes.startIndex + $0 }
    }

    /// UTF-8 without control characters other than newlines (c2sp.org/signed-note).
    static func isPrintable(_ bytes: ArraySlice<UInt8>) -> Bool {
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

    /// The identity of a statement, as `SignedNote.hash`.
    package var hash: Hash256 { SignedNote.identity(of: text.span) }

    /// The key that each line names by its hex, in order; nil when a line names no key, has another key ID, or repeats
    /// a key.
    package var namedKeys: [VerifyingKey]? {
        var keys: [VerifyingKey] = []
        for line in signatures {
            guard let key = line.namedKey, !keys.contains(key) else { return nil }
            keys.append(key)
        }
        return keys
    }

    /// Whether every line is a valid type 01 signature of its key in `namedKeys`.
    package func isValidlySigned(by keys: [VerifyingKey]) -> Bool {
        keys.count == signatures.count
            && zip(keys, signatures).allSatisfy { $1.isValid(by: $0, over: text.span) }
    }
}
