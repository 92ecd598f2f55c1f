package import Sealing

/// One signature line: `— name base64(key ID ‖ signature)`.
package struct NoteSignature: Hashable, Sendable {
    package let name: String
    package let keyID: UInt32
    /// What follows the key ID: 64 bytes for type 01, u64 time ‖ 64 bytes for type 04, anything for unknown types.
    package let signature: Bytes

    package init(name: String, keyID: UInt32, signature: Bytes) {
        self.name = name
        self.keyID = keyID
        self.signature = signature
    }

    init(parsing line: some Collection<UInt8>) throws(NoteError) {
        try self.init(parsing: Array(line)[...])
    }

    /// Without a copy.
    init(parsing line: ArraySlice<UInt8>) throws(NoteError) {
        let bytes = line.span
        guard line.count > Self.dash.count, line.prefix(Self.dash.count) == Self.dash[...] else { throw .malformed }
        var space = Self.dash.count
        while space < bytes.count, bytes[space] != UInt8(ascii: " ") { space += 1 }
        guard space < bytes.count, let text = try? UTF8Span(validating: bytes.extracting(Self.dash.count..<space)),
            var blob = try? Base64.decode(bytes.extracting((space + 1)..<bytes.count)), blob.count > 4
        else { throw .malformed }
        let name = String(copying: text)
        guard NoteKey.isAnyName(name) else { throw .malformed }
        self.name = name
        self.keyID = blob.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        blob.removeFirst(4)
        self.signature = blob
    }

    private static let dash = Array("— ".utf8)

    /// The line with its newline.
    package var encoded: Bytes {
        var blob = ByteWriter()
        blob.u32(keyID)
        blob.append(signature)
        return Array("— \(name) \(Base64.encode(blob.bytes))\n".utf8)
    }
}
